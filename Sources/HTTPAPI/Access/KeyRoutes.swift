import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Storage

/// `POST/GET /workflows/keys`, `GET/DELETE /workflows/keys/{id}`, `POST /workflows/keys/{id}/rotate`.
struct KeyRoutes {
    let keys: APIKeyStore

    func add(to router: some RouterMethods<APIContext>) {
        router.post("keys", use: create)
        router.get("keys", use: list)
        router.get("keys/:id", use: get)
        router.delete("keys/:id", use: revoke)
        router.post("keys/:id/rotate", use: rotate)
    }

    @Sendable func create(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.caller(.keysWrite)
        let new = try KeyRequest(try await request.jsonObject(limit: 64 << 10)).key
        try refuseStronger(new.effectiveScopes, than: caller)
        let actor = try context.actor
        let (key, record) = try await KeyRequest.translating {
            try await keys.create(tenant: caller.tenant.id, new, by: actor)
        }
        var response = Response(json: record.json(key: key), status: .created)
        response.headers[.location] = "/workflows/keys/\(record.id.text)"
        return response
    }

    @Sendable func list(_ request: Request, context: APIContext) async throws -> Response {
        let page = try await keys.list(
            tenant: try context.caller(.keysWrite).tenant.id,
            after: request.uri.queryParameters["cursor"].map(String.init), limit: try request.pageLimit())
        return Response(
            json: [
                "keys": .array(page.keys.map(\.json)), "next_cursor": page.next.map { .string($0) } ?? .null,
            ])
    }

    @Sendable func get(_ request: Request, context: APIContext) async throws -> Response {
        let id = try context.uuid("id")
        return Response(json: try await one(id, try context.caller(.keysWrite)).json)
    }

    @Sendable func revoke(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.caller(.keysWrite)
        let id = try context.uuid("id")
        let isRevoked = try await keys.revoke(id, tenant: caller.tenant.id, by: try context.actor)
        // A repeat finds it revoked, which is what was asked for.
        if !isRevoked { _ = try await one(id, caller) }
        return Response(status: .noContent)
    }

    @Sendable func rotate(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.caller(.keysWrite)
        let id = try context.uuid("id")
        let overlap = try await request.overlap()
        // Else a narrow key could turn a strong one into one that it holds.
        try refuseStronger(try await one(id, caller).effectiveScopes, than: caller)
        let actor = try context.actor
        let rotated = try await KeyRequest.translating {
            try await keys.rotate(id, tenant: caller.tenant.id, overlap: Double(overlap), by: actor)
        }
        guard let rotated else {
            throw Problem.conflict("key_not_usable", "This key is revoked or expired; create another.")
        }
        var response = Response(json: rotated.record.json(key: rotated.key), status: .created)
        response.headers[.location] = "/workflows/keys/\(rotated.record.id.text)"
        return response
    }

    private func one(_ id: UUID, _ caller: Principal) async throws -> APIKey {
        guard let key = try await keys.get(id, tenant: caller.tenant.id) else {
            throw Problem.unknown("key", "There is no key \(id.text) of this tenant.")
        }
        return key
    }

    private func refuseStronger(_ scopes: Set<Scope>, than caller: Principal) throws {
        let missing = scopes.subtracting(caller.scopes)
        guard missing.isEmpty else {
            throw Problem(
                status: .forbidden, code: "stronger_key", title: "Forbidden",
                detail: "No key makes one stronger than itself; the caller lacks "
                    + missing.map(\.rawValue).sorted().joined(separator: ", ") + ".")
        }
    }
}
