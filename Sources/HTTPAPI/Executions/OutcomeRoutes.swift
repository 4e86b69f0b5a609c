import Executions
import Foundation
import Hummingbird
import JSON
import Storage

/// `POST/GET /workflows/executions/{id}/outcome`: what an execution led to, for the report of what AI brings.
struct OutcomeRoutes {
    let executions: ExecutionService

    func add(to router: some RouterMethods<APIContext>) {
        router.post("executions/:id/outcome", use: record)
        router.get("executions/:id/outcome", use: get)
    }

    @Sendable func record(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.executionsStart).tenant.id
        let id = try context.uuid("id")
        let body = try await request.jsonObject(limit: 64 << 10)
        try body.refuseUnknown(besides: ["name", "value"])
        guard let name = try body.member("name", "string", \.string),
            let value = try body.member("value", "number", \.double)
        else { throw Problem.invalidMember("value", #"name and value are required: {"name": "clicked", "value": 1}."#) }
        do {
            try await executions.recordOutcome(name: name, value: value, of: id, tenant: tenant)
        } catch let error as StorageError where error.code == .limitExceeded {
            throw Problem.conflict("too_many_outcomes", error.message)
        }
        return try await response(id, tenant)
    }

    @Sendable func get(_ request: Request, context: APIContext) async throws -> Response {
        try await response(try context.uuid("id"), try context.caller(.executionsRead).tenant.id)
    }

    private func response(_ id: UUID, _ tenant: UUID) async throws -> Response {
        let outcomes = try await executions.outcomes(of: id, tenant: tenant).sorted { $0.key < $1.key }
        return Response(
            json: ["outcomes": .object(JSONObject(outcomes.map { (key: $0.key, value: .number($0.value)) }))])
    }
}
