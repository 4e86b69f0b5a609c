import AI
import Hummingbird
import JSON
import Storage

/// `POST /workflows/ai/test`: one operation, done and paid for as in a workflow, with all that it took.
struct AITestRoutes {
    let service: AIService

    func add(to router: some RouterMethods<APIContext>) { router.post("ai/test", use: test) }

    @Sendable func test(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.aiTest).tenant
        let wanted = try AITestRequest(try await request.jsonObject(limit: AITestRequest.bodyLimit), service.prices)
        let caller = AICaller(
            tenant: tenant.id, tier: tenant.tier, executionID: nil, activityID: context.id, activityName: "ai_test",
            template: wanted.template, limits: tenant.limits.ai)
        return Response(json: try await service.perform(wanted.operation, for: caller, wanted.options).json)
    }
}
