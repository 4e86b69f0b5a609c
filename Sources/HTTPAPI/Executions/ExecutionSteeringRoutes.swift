import Executions
import Foundation
import Hummingbird
import Storage

/// `POST /workflows/executions/{id}/{cancel|terminate|pause|resume}`.
struct ExecutionSteeringRoutes {
    let executions: ExecutionService
    let document: ExecutionDocument

    func add(to router: some RouterMethods<APIContext>) {
        router.post("executions/:id/cancel", use: cancel)
        router.post("executions/:id/terminate", use: terminate)
        router.post("executions/:id/pause", use: pause)
        router.post("executions/:id/resume", use: resume)
    }

    @Sendable func cancel(_ request: Request, context: APIContext) async throws -> Response {
        try await steer(context, .executionCancelled) { id, tenant in
            try await executions.cancel(id, of: tenant, reason: "cancelled over the API")
        }
    }

    @Sendable func terminate(_ request: Request, context: APIContext) async throws -> Response {
        try await steer(context, .executionTerminated) { id, tenant in
            try await executions.terminate(id, of: tenant, reason: "over the API")
        }
    }

    @Sendable func pause(_ request: Request, context: APIContext) async throws -> Response {
        try await steer(context, .executionPaused) { id, tenant in try await executions.pause(id, of: tenant) }
    }

    @Sendable func resume(_ request: Request, context: APIContext) async throws -> Response {
        try await steer(context, .executionResumed) { id, tenant in try await executions.resume(id, of: tenant) }
    }

    private func steer(
        _ context: APIContext, _ action: AuditAction, _ verb: (UUID, UUID) async throws -> ExecutionDetails
    ) async throws -> Response {
        let tenant = try context.caller(.executionsOperate).tenant.id
        let execution = try await verb(try context.uuid("id"), tenant)
        try await context.audit(action, target: "execution/\(execution.row.id.text)")
        return Response(json: document.json(execution), status: .accepted)
    }
}
