import AI
import Foundation
import Hummingbird
import JSON
import Storage

/// `GET /workflows/ai/unknown`: calls whose end nobody saw, each at its maximum; the operator's
/// `POST …/{id}/resolve` tells what one has cost.
struct AIUnknownRoutes {
    let usage: AIUsageStore
    let ledger: AILedger

    func add(to router: some RouterMethods<APIContext>) { router.get("ai/unknown", use: list) }

    func addOperatorRoutes(to router: some RouterMethods<APIContext>) {
        router.post("ai/unknown/:id/resolve", use: resolve)
    }

    @Sendable func list(_ request: Request, context: APIContext) async throws -> Response {
        let page = try await usage.unknown(
            tenant: try context.tenant(.usageRead), after: request.uri.queryParameters["cursor"].map(String.init),
            limit: try request.pageLimit())
        return Response(
            json: [
                "calls": .array(page.rows.map(\.unknownCall)), "next_cursor": page.next.map { .string($0) } ?? .null,
            ])
    }

    @Sendable func resolve(_ request: Request, context: APIContext) async throws -> Response {
        let actor = try context.actor
        let id = try context.uuid("id")
        let body = try await request.jsonObject(limit: 64 << 10)
        try body.refuseUnknown(besides: ["cost_microdollars"])
        guard let cost = try body.member("cost_microdollars", "integer", \.integer) else {
            throw Problem.invalidMember("cost_microdollars", "cost_microdollars is required: what the provider billed.")
        }
        do {
            guard let call = try await ledger.resolve(id, microdollars: cost, by: actor) else {
                throw Problem.unknown("call", "There is no call \(id.text) of unknown outcome.")
            }
            return Response(json: call.unknownCall)
        } catch let error as StorageError where error.code == .conflict {
            throw Problem.conflict("outcome_known", error.message)
        } catch let error as StorageError where error.code == .constraint {
            throw Problem.invalidMember("cost_microdollars", error.message)
        }
    }
}

extension UsageRecord {
    fileprivate var unknownCall: JSONValue {
        [
            "id": .id(id), "tenant_id": .id(tenantID), "execution_id": .id(executionID),
            "activity": .string(activityName), "template": template.map { .string($0) } ?? .null,
            "operation": operation.map { .string($0) } ?? .null, "provider": .string(provider), "model": .string(model),
            "outcome": .string(errorCode ?? "ok"), "reserved_microdollars": .integer(reservedMicrodollars),
            "cost_microdollars": .integer(costMicrodollars), "created_at": .time(createdAt),
        ]
    }
}
