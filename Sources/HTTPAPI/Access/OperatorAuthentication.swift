import Foundation
import HTTPTypes
import Hummingbird
import Storage

/// Lets a request pass with the operator's key: as a bearer token, or as the password of HTTP Basic, which browsers keep and
/// send with a page's requests (Temporal's UI sends credentials, but has no field for a key).
struct OperatorAuthentication: RouterMiddleware {
    let access: AccessServices
    /// Browsers are asked for it as a password, for what Temporal's UI fetches.
    var asksBrowsers = false

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard isKnown(request) else {
            throw Problem(
                status: .unauthorized, code: "unauthenticated", title: "Unauthenticated",
                detail: "This concerns all tenants: send the operator's key, Authorization: Bearer wfo_…",
                headers: [
                    .wwwAuthenticate: asksBrowsers
                        ? #"Basic realm="Workflow Service codec", charset="UTF-8""# : "Bearer"
                ]
            )
        }
        var context = context
        context.auditing = Auditing(
            log: access.audit,
            actor: AuditActor(tenantID: nil, principalID: nil, name: "operator", requestID: context.id))
        return try await next(request, context)
    }

    func isKnown(_ request: Request) -> Bool {
        Self.credential(request.headers[.authorization]).map(access.operatorKey.matches) ?? false
    }

    private static func credential(_ header: String?) -> String? {
        guard let parts = header?.split(separator: " ", maxSplits: 1), parts.count == 2 else { return nil }
        switch parts[0].lowercased() {
        case "bearer": return String(parts[1])
        case "basic":
            guard let data = Data(base64Encoded: String(parts[1])) else { return nil }
            return String(decoding: data, as: UTF8.self).split(separator: ":", maxSplits: 1).last.map(String.init)
        default: return nil
        }
    }
}
