import AI
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Storage

/// The operator's `GET/PUT/DELETE /workflows/tenants/{id}/ai/prices`: what was agreed with a tenant.
struct AIPriceRoutes {
    let tenants: TenantStore

    func add(to router: some RouterMethods<APIContext>) {
        router.get("tenants/:id/ai/prices", use: get)
        router.put("tenants/:id/ai/prices", use: put)
        router.delete("tenants/:id/ai/prices", use: delete)
    }

    @Sendable func get(_ request: Request, context: APIContext) async throws -> Response {
        _ = try context.actor
        let id = try context.uuid("id")
        guard try await tenants.get(id) != nil else { throw TenantRoutes.unknown(id) }
        return Response(json: ["prices": try await tenants.aiPrices(of: id) ?? .null])
    }

    @Sendable func put(_ request: Request, context: APIContext) async throws -> Response {
        let actor = try context.actor
        let id = try context.uuid("id")
        let body = try await request.jsonObject(limit: 4 << 20)
        try body.refuseUnknown(besides: ["models"])
        guard try body.member("models", "array", \.array)?.isEmpty == false else {
            throw Problem.invalidMember("models", "models is required, a list of at least one; DELETE takes them back.")
        }
        do {
            _ = try PriceList(json: .object(body))
        } catch {
            throw Problem.invalidMember("models", error.description)
        }
        guard try await tenants.setAIPrices(.object(body), of: id, by: actor) else { throw TenantRoutes.unknown(id) }
        return Response(json: ["prices": .object(body)])
    }

    @Sendable func delete(_ request: Request, context: APIContext) async throws -> Response {
        let id = try context.uuid("id")
        guard try await tenants.setAIPrices(nil, of: id, by: try context.actor) else { throw TenantRoutes.unknown(id) }
        return Response(status: .noContent)
    }
}
