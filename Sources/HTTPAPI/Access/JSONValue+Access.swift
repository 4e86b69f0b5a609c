import Foundation
import HTTPTypes
import JSON
import Storage

extension JSONValue {
    /// ISO 8601 with fractions, UTC; null for none.
    static func time(_ date: Date?) -> JSONValue {
        date.map { .string($0.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))) } ?? .null
    }

    /// Lower case; null for none.
    static func id(_ id: UUID?) -> JSONValue { id.map { .string($0.text) } ?? .null }
}

extension Tenant {
    var json: JSONValue {
        [
            "id": .id(id), "name": .string(name), "tier": .string(tier.rawValue), "status": .string(status.rawValue),
            "limits": limits.json, "created_at": .time(createdAt), "suspended_at": .time(suspendedAt),
            "erasing_at": .time(erasingAt),
        ]
    }
}

extension APIKey {
    var json: JSONValue { .object(members) }

    /// With the key itself, once.
    func json(key: String) -> JSONValue {
        var object = members
        object["key"] = .string(key)
        return .object(object)
    }

    private var members: JSONObject {
        [
            "id": .id(id), "principal_id": .id(principalID), "name": .string(name), "prefix": .string(prefix),
            "role": .string(role.rawValue),
            "scopes": .array(effectiveScopes.map(\.rawValue).sorted().map { .string($0) }),
            "created_at": .time(createdAt), "expires_at": .time(expiresAt), "last_used_at": .time(lastUsedAt),
            "revoked_at": .time(revokedAt),
        ]
    }
}

extension AuditEntry {
    var json: JSONValue {
        [
            "id": .id(id), "action": .string(action.rawValue), "actor": .string(actor.name),
            "principal_id": .id(actor.principalID), "target": target.map { .string($0) } ?? .null, "detail": detail,
            "request_id": actor.requestID.map { .string($0) } ?? .null, "created_at": .time(createdAt),
        ]
    }
}

extension Problem {
    static func unknown(_ what: String, _ detail: String) -> Problem {
        Problem(status: .notFound, code: "unknown_\(what)", title: "Unknown \(what)", detail: detail)
    }

    static func conflict(_ code: String, _ detail: String) -> Problem {
        Problem(status: .conflict, code: code, title: "Conflict", detail: detail)
    }

    static func invalidMember(_ name: String, _ detail: String) -> Problem {
        Problem(
            status: .unprocessableContent, code: "invalid_value", title: "Invalid value", detail: detail,
            errors: [["pointer": .string("/\(name)"), "message": .string(detail)]])
    }
}
