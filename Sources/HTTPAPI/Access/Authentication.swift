import Hummingbird
import Logging
import Storage

/// Lets a request pass with a valid API key (`Authorization: Bearer wfs_…`) and tells the routes who calls.
struct Authentication: RouterMiddleware {
    let keys: APIKeyStore
    let audit: AuditLog

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let header = request.headers[.authorization] else { throw Problem.unauthenticated }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer",
            let principal = try await keys.authenticate(String(parts[1]))
        else { throw Problem.unauthenticated }
        var context = context
        context.principal = principal
        context.auditing = Auditing(log: audit, actor: principal.actor(requestID: context.id))
        context.logger[metadataKey: "tenant"] = "\(principal.tenant.id)"
        return try await next(request, context)
    }
}

extension Problem {
    static let unauthenticated = Problem(
        status: .unauthorized, code: "unauthenticated", title: "Unauthenticated",
        detail: "Send a valid API key: Authorization: Bearer wfs_…",
        headers: [.wwwAuthenticate: "Bearer"]
    )
}
