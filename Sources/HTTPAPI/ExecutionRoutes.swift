import Executions
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Storage

/// `POST /workflows/execute`, `GET /workflows/executions[/{id}]`, `POST /workflows/executions/{id}/cancel`.
struct ExecutionRoutes {
    let executions: ExecutionService
    /// Shown beside each execution where the web interface of Temporal is known.
    let temporalUI: String?

    private static let bodyLimit = 4 << 20

    func add(to router: some RouterMethods<APIContext>) {
        router.post("execute", use: execute)
        router.get("executions", use: list)
        router.get("executions/:id", use: get)
        router.post("executions/:id/cancel", use: cancel)
    }

    @Sendable func execute(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.caller(.executionsStart)
        let wait = try request.uri.queryParameters["wait"].map { try Self.seconds(String($0)) }
        let body = try await request.jsonObject(limit: Self.bodyLimit)
        try body.refuseUnknown(besides: ["template", "version", "input", "ai_enhanced"])
        guard let template = try body.member("template", "string", \.string) else {
            throw Problem.badRequest(
                "missing_member", "template is required: the name of a template, see GET /workflows/templates.",
                errors: [["pointer": "/template", "message": "is required"]]
            )
        }
        let start = ExecuteRequest(
            template: template, version: try body.member("version", "string", \.string),
            input: body["input"] ?? .object(JSONObject()),
            aiEnhanced: try body.member("ai_enhanced", "boolean", \.bool) ?? false
        )
        let id = try await executions.start(start, for: caller).id
        let execution =
            if let wait { try await executions.wait(for: id, of: caller.tenant.id, atMost: wait) } else {
                try await executions.get(id, of: caller.tenant.id)
            }
        var response = Response(json: json(execution), status: execution.row.status.isOpen ? .accepted : .ok)
        response.headers[.location] = "/workflows/executions/\(id.uuidString.lowercased())"
        return response
    }

    @Sendable func get(_ request: Request, context: APIContext) async throws -> Response {
        let execution = try await executions.get(
            try context.uuid("id"), of: try context.caller(.executionsRead).tenant.id)
        return Response(json: json(execution))
    }

    @Sendable func cancel(_ request: Request, context: APIContext) async throws -> Response {
        let execution = try await executions.cancel(
            try context.uuid("id"), of: try context.caller(.executionsOperate).tenant.id,
            reason: "cancelled over the API"
        )
        return Response(json: json(execution), status: .accepted)
    }

    @Sendable func list(_ request: Request, context: APIContext) async throws -> Response {
        let parameters = request.uri.queryParameters
        var filter = ExecutionFilter()
        filter.template = parameters["template"].map(String.init)
        if let text = parameters["status"].map(String.init) {
            guard let status = ExecutionStatus(rawValue: text) else {
                throw Problem.badRequest(
                    "invalid_parameter",
                    "status must be one of \(ExecutionStatus.allCases.map(\.rawValue).joined(separator: ", "))."
                )
            }
            filter.status = status
        }
        var limit = 50
        if let text = parameters["limit"].map(String.init) {
            guard let number = Int(text), (1...200).contains(number) else {
                throw Problem.badRequest("invalid_parameter", "limit must be a number from 1 to 200.")
            }
            limit = number
        }
        let page = try await executions.list(
            filter, of: try context.caller(.executionsRead).tenant.id, after: parameters["cursor"].map(String.init),
            limit: limit
        )
        var object = JSONObject()
        object["executions"] = .array(page.executions.map(json))
        object["next_cursor"] = page.next.map { .string($0) } ?? .null
        return Response(json: .object(object))
    }

    /// `30s` or `30`, at most a minute.
    private static func seconds(_ text: String) throws -> Duration {
        let digits = text.hasSuffix("s") ? text.dropLast() : text[...]
        guard let seconds = Int(digits), (0...60).contains(seconds) else {
            throw Problem.badRequest("invalid_parameter", "wait must be a number of seconds from 0 to 60, such as 30s.")
        }
        return .seconds(seconds)
    }
}

extension ExecutionRoutes {
    private func json(_ execution: ExecutionDetails) -> JSONValue {
        let row = execution.row
        var object = members(row.summary)
        object["input"] = row.input ?? .null
        object["output"] = row.output ?? .null
        object["fallback_used"] = .bool(execution.fallbackUsed)
        object["ai_activities_used"] = execution.aiActivitiesUsed
        object["fallbacks"] = .array(execution.fallbacks)
        object["steps"] = .array(execution.steps)
        object["metadata"] = row.metadata
        return .object(object)
    }

    private func json(_ summary: ExecutionSummary) -> JSONValue { .object(members(summary)) }

    private func members(_ row: ExecutionSummary) -> JSONObject {
        var object = JSONObject()
        object["id"] = .string(row.id.uuidString.lowercased())
        object["status"] = .string(row.status.rawValue)
        object["template"] = .string(row.template)
        object["version"] = .string(row.templateVersion)
        object["temporal_workflow_id"] = .string(row.temporalWorkflowID)
        object["temporal_run_id"] = row.temporalRunID.map { .string($0) } ?? .null
        object["temporal_url"] = temporalURL(row).map { .string($0) }
        object["ai_enhanced"] = .bool(row.aiEnhanced)
        object["fallback_used"] = .bool(row.fallbackUsed)
        object["ai_cost_cents"] = .integer(row.costCents)
        object["ai_cost_microdollars"] = .integer(row.costMicrodollars)
        object["error_message"] = row.errorMessage.map { .string($0) } ?? .null
        object["started_at"] = .string(row.startedAt.formatted(Self.timestamp))
        object["completed_at"] = row.completedAt.map { .string($0.formatted(Self.timestamp)) } ?? .null
        object["duration_ms"] = row.durationMilliseconds.map { .integer($0) } ?? .null
        return object
    }

    private func temporalURL(_ row: ExecutionSummary) -> String? {
        guard let temporalUI, let run = row.latestRunID else { return nil }
        return "\(temporalUI)/workflows/\(row.temporalWorkflowID)/\(run)/history"
    }

    private static let timestamp = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
