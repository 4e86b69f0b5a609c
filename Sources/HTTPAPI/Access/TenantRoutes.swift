import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Storage

/// The operator's: `POST/GET /workflows/tenants`, `GET/PATCH /workflows/tenants/{id}`,
/// `POST /workflows/tenants/{id}/keys`.
struct TenantRoutes {
    let tenants: TenantStore
    let keys: APIKeyStore

    func add(to router: some RouterMethods<APIContext>) {
        router.post("tenants", use: create)
        router.get("tenants", use: list)
        router.get("tenants/:id", use: get)
        router.patch("tenants/:id", use: change)
        router.post("tenants/:id/keys", use: createKey)
    }

    /// With its first key, an admin's.
    @Sendable func create(_ request: Request, context: APIContext) async throws -> Response {
        let actor = try context.actor
        let body = try await request.jsonObject(limit: 64 << 10)
        try body.refuseUnknown(besides: ["name", "tier", "limits"])
        guard let name = try Self.name(body) else { throw Problem.invalidMember("name", "name is required.") }
        let tenant = try await Self.translating {
            try await tenants.create(
                name: name, tier: try Self.tier(body) ?? .basic,
                limits: try body.member("limits", "object", \.object) ?? [:],
                by: actor)
        }
        let (key, record) = try await keys.create(
            tenant: tenant.id, NewAPIKey(name: "first key", role: .admin), by: actor)
        var response = Response(json: ["tenant": tenant.json, "key": record.json(key: key)], status: .created)
        response.headers[.location] = "/workflows/tenants/\(tenant.id.text)"
        return response
    }

    @Sendable func list(_ request: Request, context: APIContext) async throws -> Response {
        _ = try context.actor
        let parameters = request.uri.queryParameters
        let limit = try request.pageLimit()
        var last: Tenant?
        if let cursor = parameters["cursor"].map(String.init) {
            // The last one shown; a tenant that was erased since gives no place to go on from.
            guard let id = UUID(uuidString: cursor), let tenant = try await tenants.get(id) else {
                throw StorageError(.invalidCursor, "The cursor is none that this list has given.")
            }
            last = tenant
        }
        let found = try await tenants.list(after: last, limit: limit + 1)
        let page = found.prefix(limit)
        return Response(
            json: [
                "tenants": .array(page.map(\.json)), "next_cursor": found.count > limit ? .id(page.last?.id) : .null,
            ])
    }

    @Sendable func get(_ request: Request, context: APIContext) async throws -> Response {
        _ = try context.actor
        return Response(json: try await one(try context.uuid("id")).json)
    }

    @Sendable func change(_ request: Request, context: APIContext) async throws -> Response {
        let actor = try context.actor
        let id = try context.uuid("id")
        let body = try await request.jsonObject(limit: 64 << 10)
        try body.refuseUnknown(besides: ["name", "tier", "limits", "suspended"])
        var change = TenantStore.Change()
        change.name = try Self.name(body)
        change.tier = try Self.tier(body)
        change.limits = try body.member("limits", "object", \.object)
        change.isSuspended = try body.member("suspended", "boolean", \.bool)
        let wanted = change
        guard let tenant = try await Self.translating({ try await tenants.change(id, wanted, by: actor) }) else {
            throw Self.unknown(id)
        }
        return Response(json: tenant.json)
    }

    /// For a tenant that has lost its keys.
    @Sendable func createKey(_ request: Request, context: APIContext) async throws -> Response {
        let actor = try context.actor
        let tenant = try await one(try context.uuid("id"))
        let new = try KeyRequest(try await request.jsonObject(limit: 64 << 10)).key
        guard tenant.erasingAt == nil else { throw Problem.conflict("tenant_erasing", "The tenant is being erased.") }
        let (key, record) = try await KeyRequest.translating {
            try await keys.create(tenant: tenant.id, new, by: actor)
        }
        return Response(json: record.json(key: key), status: .created)
    }

    func one(_ id: UUID) async throws -> Tenant {
        guard let tenant = try await tenants.get(id) else { throw Self.unknown(id) }
        return tenant
    }

    static func unknown(_ id: UUID) -> Problem {
        .unknown("tenant", "There is no tenant \(id.text).")
    }

    private static func name(_ body: JSONObject) throws -> String? {
        guard let name = try body.member("name", "string", \.string) else { return nil }
        guard (1...255).contains(name.unicodeScalars.count) else {
            throw Problem.invalidMember("name", "name has 1 to 255 characters.")
        }
        return name
    }

    private static func tier(_ body: JSONObject) throws -> Tier? {
        guard let name = try body.member("tier", "string", \.string) else { return nil }
        guard let tier = Tier(rawValue: name) else {
            throw Problem.invalidMember(
                "tier", "tier is one of \(Tier.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return tier
    }

    private static func translating<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as StorageError where error.code == .conflict {
            throw Problem.conflict("tenant_conflict", "The name is taken, or the tenant is being erased.")
        } catch let error as StorageError where error.code == .constraint {
            throw Problem.invalidMember("limits", error.message)
        }
    }
}

/// One's own: `GET /workflows/tenant`.
struct OwnTenantRoutes {
    let tenants: TenantStore

    func add(to router: some RouterMethods<APIContext>) {
        router.get("tenant", use: get)
    }

    @Sendable func get(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.caller(.usageRead)
        guard case .object(var object) = caller.tenant.json else { return Response(status: .noContent) }
        object["concurrent_executions"] = .integer(Int64(try await tenants.openExecutions(caller.tenant.id)))
        object["caller"] = [
            "principal_id": .id(caller.id), "name": .string(caller.name),
            "scopes": .array(caller.scopes.map(\.rawValue).sorted().map { .string($0) }),
        ]
        return Response(json: .object(object))
    }
}
