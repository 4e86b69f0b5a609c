import AI
import Executions
import Hummingbird
import JSON
import Storage

/// `POST /workflows/ai/preview`: what an execution with AI may cost.
struct AIPreviewRoutes {
    let executions: ExecutionService
    let service: AIService

    func add(to router: some RouterMethods<APIContext>) { router.post("ai/preview", use: preview) }

    @Sendable func preview(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.usageRead).tenant
        let body = try await request.jsonObject(limit: 4 << 20)
        try body.refuseUnknown(besides: ["template", "version", "input"])
        guard let template = try body.member("template", "string", \.string) else {
            throw Problem.badRequest(
                "missing_member", "template is required: the name of what would be executed.",
                errors: [["pointer": "/template", "message": "is required"]])
        }
        let preview = try await executions.preview(
            template: template, version: try body.member("version", "string", \.string), input: body["input"],
            for: tenant, ai: service)
        return Response(json: preview.json)
    }
}
