import Executions
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Storage

/// `POST /workflows/execute`, `GET /workflows/executions[/{id}]`; the operator's: `GET /workflows/tenants/{id}/executions`.
struct ExecutionRoutes {
    let executions: ExecutionService
    let tenants: TenantStore
    let document: ExecutionDocument

    func add(to router: some RouterMethods<APIContext>) {
        router.post("execute", use: execute)
        router.get("executions", use: list)
        router.get("executions/:id", use: get)
    }

    /// Behind the operator's key.
    func addOperatorRoutes(to router: some RouterMethods<APIContext>) {
        router.get("tenants/:id/executions", use: listOfTenant)
    }

    @Sendable func execute(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.caller(.executionsStart)
        let wait = try request.uri.queryParameters["wait"].map { try Self.wait(String($0)) }
        let start = try await ExecuteRequest(request, context)
        let row = try await executions.start(start, for: caller)
        // What begins only after that time will hardly end within it.
        let begins = row.summary.startAt ?? .distantPast
        let execution =
            if let wait, begins.timeIntervalSinceNow < wait / .seconds(1) {
                try await executions.wait(for: row.id, of: caller.tenant.id, atMost: wait)
            } else {
                ExecutionDetails(row: row)
            }
        let status: HTTPResponse.Status = execution.row.status.isOpen ? .accepted : .ok
        var response = Response(json: document.json(execution), status: status)
        response.headers[.location] = "/workflows/executions/\(row.id.text)"
        return response
    }

    @Sendable func get(_ request: Request, context: APIContext) async throws -> Response {
        let execution = try await executions.get(
            try context.uuid("id"), of: try context.caller(.executionsRead).tenant.id)
        return Response(json: document.json(execution))
    }

    @Sendable func list(_ request: Request, context: APIContext) async throws -> Response {
        try await page(request, of: try context.caller(.executionsRead).tenant.id)
    }

    @Sendable func listOfTenant(_ request: Request, context: APIContext) async throws -> Response {
        _ = try context.actor
        let id = try context.uuid("id")
        guard try await tenants.get(id) != nil else { throw TenantRoutes.unknown(id) }
        return try await page(request, of: id)
    }

    private func page(_ request: Request, of tenant: UUID) async throws -> Response {
        let query = ListQuery(request)
        let page = try await executions.list(
            try query.filter, of: tenant, after: query["cursor"], limit: try request.pageLimit())
        var object = JSONObject()
        object["executions"] = .array(page.executions.map(document.json))
        object["next_cursor"] = page.next.map { .string($0) } ?? .null
        return Response(json: .object(object))
    }

    /// `30s` or `30`, at most a minute.
    private static func wait(_ text: String) throws -> Duration {
        let digits = text.hasSuffix("s") ? text.dropLast() : text[...]
        guard let seconds = Int(digits), (0...60).contains(seconds) else {
            throw Problem.badRequest("invalid_parameter", "wait must be a number of seconds from 0 to 60, such as 30s.")
        }
        return .seconds(seconds)
    }
}

/// The query parameters of the list.
private struct ListQuery {
    private let parameters: [String: String]

    init(_ request: Request) {
        parameters = Dictionary(
            request.uri.queryParameters.map { (String($0.key), String($0.value)) },
            uniquingKeysWith: { first, _ in first })
    }

    subscript(name: String) -> String? { parameters[name] }

    var filter: ExecutionFilter {
        get throws {
            var filter = ExecutionFilter()
            filter.template = self["template"]
            filter.schedule = self["schedule"]
            filter.status = try self["status"].map(Self.status)
            filter.tag = try self["tag"].map(Self.tag)
            filter.aiEnhanced = try boolean("ai_enhanced")
            filter.fallbackUsed = try boolean("fallback_used")
            filter.startedAfter = try time("started_after")
            filter.startedBefore = try time("started_before")
            return filter
        }
    }

    private static func status(_ text: String) throws -> ExecutionStatus {
        guard let status = ExecutionStatus(rawValue: text) else {
            throw Problem.badRequest(
                "invalid_parameter",
                "status must be one of \(ExecutionStatus.allCases.map(\.rawValue).joined(separator: ", "))."
            )
        }
        return status
    }

    private static func tag(_ text: String) throws -> String {
        guard ExecuteRequest.isTag(text) else {
            throw Problem.badRequest(
                "invalid_parameter", "tag is no tag: 1 to 50 characters of a-z, A-Z, 0-9 and ._:/@-.")
        }
        return text
    }

    private func boolean(_ name: String) throws -> Bool? {
        switch self[name] {
        case nil: return nil
        case "true": return true
        case "false": return false
        case _?: throw Problem.badRequest("invalid_parameter", "\(name) must be true or false.")
        }
    }

    private func time(_ name: String) throws -> Date? {
        guard let text = self[name] else { return nil }
        guard let date = Date(iso8601: text) else {
            throw Problem.badRequest("invalid_parameter", "\(name) must be a time such as 2026-11-23T08:00:00Z.")
        }
        return date
    }
}
