import AI
import Hummingbird
import JSON
import Storage

/// `DELETE /workflows/ai/cache`: forgets the tenant's answers, `?operation=` those of one operation.
struct AICacheRoutes {
    let answers: AnswerCacheStore
    let cache: AnswerCache

    func add(to router: some RouterMethods<APIContext>) { router.delete("ai/cache", use: purge) }

    @Sendable func purge(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.aiWrite).tenant.id
        let operation = request.uri.queryParameters["operation"].map(String.init)
        guard operation.map({ AIOperation.Kind(rawValue: $0) != nil }) ?? true else {
            let names = AIOperation.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.badRequest("invalid_parameter", "operation must be one of \(names).")
        }
        let count = try await answers.purge(tenant: tenant, operation: operation, by: try context.actor)
        // Other processes hear of it by a notification.
        cache.forget(tenant)
        return Response(json: ["answers": .integer(Int64(count))])
    }
}
