import Executions
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Storage

/// `GET /workflows/executions/{id}/events`: what happens, as server-sent events.
/// `GET /workflows/executions/{id}/history`: what happened, as Temporal recorded it.
struct ExecutionEventRoutes {
    let executions: ExecutionService
    let updates: LiveUpdates

    func add(to router: some RouterMethods<APIContext>) {
        router.get("executions/:id/events", use: events)
        router.get("executions/:id/history", use: history)
    }

    /// Begins after the header `Last-Event-ID`, which browsers send when they come back, or the parameter `after`.
    @Sendable func events(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.executionsRead).tenant.id
        let text =
            HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
            ?? request.uri.queryParameters["after"].map(String.init)
        let stream = try await updates.stream(
            of: try context.uuid("id"), tenant: tenant, after: text.flatMap { LiveEventID($0) })
        // 204 tells a browser not to come back any more.
        guard !stream.hasSeenTheEnd else { return Response(status: .noContent) }
        var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        // nginx would collect the events.
        if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
                try await stream.tell { item in try await writer.write(ByteBuffer(string: Self.text(item))) }
                try await writer.finish(nil)
            })
    }

    private static func text(_ item: LiveStream.Item) -> String {
        switch item {
        case .quiet: ": still here\n\n"
        case .comeBack: "retry: 500\n: come back\n\n"
        case .events(let events):
            events.map { event in
                (event.id.map { "id: \($0)\n" } ?? "") + "event: \(event.name)\ndata: \(event.data)\n\n"
            }.joined()
        }
    }

    @Sendable func history(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.executionsRead).tenant.id
        let id = try context.uuid("id")
        let history = try await executions.history(
            of: id, tenant: tenant, run: request.uri.queryParameters["run"].map(String.init))
        var head = JSONObject()
        head["execution_id"] = .string(id.text)
        head["run_id"] = .string(history.runID)
        head["runs"] = .array(history.runs.map { .string($0) })
        head["archived"] = .bool(history.isArchived)
        // An object without its closing brace; the events follow one by one.
        let opening = "\(JSONValue.object(head).serialized().dropLast()),\"events\":["
        let headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(string: opening))
                var separator = ""
                try await history.forEachEvent { event in
                    try await writer.write(ByteBuffer(string: separator + event.serialized()))
                    separator = ","
                }
                try await writer.write(ByteBuffer(string: "]}"))
                try await writer.finish(nil)
            })
    }
}
