import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Storage

/// `GET /workflows/audit`: `?action=`, `?principal=`, `?target=`, `?from=`, `?to=`, `?limit=`, `?cursor=`.
struct AuditRoutes {
    let audit: AuditLog

    func add(to router: some RouterMethods<APIContext>) {
        router.get("audit", use: list)
    }

    @Sendable func list(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.caller(.auditRead)
        let parameters = request.uri.queryParameters
        func parameter<Value>(_ name: String, _ form: String, _ read: (String) -> Value?) throws -> Value? {
            guard let text = parameters[Substring(name)].map(String.init) else { return nil }
            guard let value = read(text) else {
                throw Problem.badRequest("invalid_parameter", "\(name) must be \(form).")
            }
            return value
        }
        var filter = AuditLog.Filter()
        filter.action = try parameter("action", "a kind of change, such as key.created", AuditAction.init)
        filter.principal = try parameter("principal", "an id", UUID.init(uuidString:))
        filter.target = parameters["target"].map(String.init)
        filter.from = try parameter("from", "a time: 2027-01-31T00:00:00Z", Date.init(iso8601:))
        filter.to = try parameter("to", "a time: 2027-01-31T00:00:00Z", Date.init(iso8601:))
        let page = try await audit.list(
            tenant: caller.tenant.id, filter, after: parameters["cursor"].map(String.init),
            limit: try request.pageLimit())
        return Response(json: page.json)
    }
}
