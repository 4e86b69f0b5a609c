import Executions
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import Observability
import ServiceLifecycle
import Storage

/// `GET /workflows/executions/{id}/logs`: what was logged on behalf of an execution; `?follow=true` as server-sent events.
struct ExecutionLogRoutes {
    let executions: ExecutionService
    let logs: ExecutionLogStore
    let updates: LiveUpdates

    func add(to router: some RouterMethods<APIContext>) { router.get("executions/:id/logs", use: list) }

    @Sendable func list(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.executionsRead).tenant.id
        let id = try context.uuid("id")
        let parameters = request.uri.queryParameters
        let level = try Self.level(parameters["level"].map(String.init))
        let limit = try request.pageLimit(200, atMost: Self.maximumLimit)
        let isFollowed = try Self.flag(parameters["follow"].map(String.init))
        let header = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
        let cursor = try Self.position(parameters["cursor"].map(String.init) ?? (isFollowed ? header : nil))
        // 404 before anything else for what is not the caller's.
        _ = try await executions.row(id, of: tenant)
        if isFollowed {
            let place = try updates.place(for: tenant)
            return follow(id, tenant: tenant, level: level, after: cursor, place)
        }
        let lines = try await logs.list(
            execution: id, tenant: tenant, level: level, after: cursor, limit: limit + 1)
        let page = lines.prefix(limit)
        return Response(
            json: [
                "logs": .array(page.map(Self.document)),
                "next_cursor": lines.count > limit ? page.last.map { .string(String($0.id)) } ?? .null : .null,
            ])
    }

    /// Until the execution has closed and its last lines are there, or for an hour; clients come back by `Last-Event-ID`.
    private func follow(
        _ id: UUID, tenant: UUID, level: Int, after cursor: Int64, _ place: LivePlace
    ) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                defer { withExtendedLifetime(place) {} }
                var last = cursor
                var quietRounds = 0
                let end = ContinuousClock.now + Self.longestFollow
                while ContinuousClock.now < end, !Task.isShuttingDownGracefully {
                    let isOpen = try await executions.row(id, of: tenant).status.isOpen
                    let lines = try await logs.list(
                        execution: id, tenant: tenant, level: level, after: last, limit: Self.maximumLimit)
                    for line in lines {
                        let text = "id: \(line.id)\nevent: log\ndata: \(Self.document(line).serialized())\n\n"
                        try await writer.write(ByteBuffer(string: text))
                    }
                    last = lines.last?.id ?? last
                    quietRounds = lines.isEmpty ? quietRounds + 1 : 0
                    // Lines are stored within two seconds.
                    if !isOpen, quietRounds > 3 { break }
                    if quietRounds > 0, quietRounds % 15 == 0 { try await writer.write(ByteBuffer(string: ":\n\n")) }
                    if lines.count < Self.maximumLimit { try await Task.sleep(for: .seconds(1)) }
                }
                try await writer.finish(nil)
            })
    }

    private static let longestFollow = Duration.seconds(3_600)
    private static let maximumLimit = 1_000

    private static func document(_ line: ExecutionLogLine) -> JSONValue {
        var object = JSONObject()
        object["id"] = .string(String(line.id))
        object["time"] = .time(line.time)
        object["level"] = .string(Logger.Level.allCases[min(max(0, line.level), 6)].rawValue)
        object["message"] = .string(line.message)
        object["fields"] = line.fields
        return .object(object)
    }

    private static func level(_ text: String?) throws -> Int {
        guard let text else { return 0 }
        guard let level = Logger.Level(rawValue: text) else {
            let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.badRequest("invalid_parameter", "level must be one of \(names).")
        }
        return level.rank
    }

    private static func position(_ text: String?) throws -> Int64 {
        guard let text else { return 0 }
        guard text.utf8.count <= 200, let id = Int64(text), id >= 0 else {
            throw Problem.badRequest("invalid_value", "The cursor is not one that this list gave out.")
        }
        return id
    }

    private static func flag(_ text: String?) throws -> Bool {
        switch text {
        case nil, "false": false
        case "true", "": true
        default: throw Problem.badRequest("invalid_parameter", "follow must be true or false.")
        }
    }
}
