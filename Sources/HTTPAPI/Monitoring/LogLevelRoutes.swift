import Foundation
import Hummingbird
import JSON
import Logging
import Observability
import Storage

/// `GET` and `PUT /workflows/log-level`, for the operator: what the processes write to their logs, changed while they run.
struct LogLevelRoutes {
    /// Of this process, which follows the store as all others do.
    let levels: LogLevels
    let store: LogLevelStore

    private static let bodyLimit = 1 << 10
    private static let longest = 86_400

    func add(to router: some RouterMethods<APIContext>) {
        router.get("log-level", use: get)
        router.put("log-level", use: put)
    }

    @Sendable func get(_ request: Request, context: APIContext) async throws -> Response {
        Response(json: Self.document(levels.current))
    }

    /// `{"level": "debug", "for_seconds": 600}`; the level null goes back to the configured one.
    @Sendable func put(_ request: Request, context: APIContext) async throws -> Response {
        let body = try await request.jsonObject(limit: Self.bodyLimit)
        try body.refuseUnknown(besides: ["level", "for_seconds"])
        let seconds = try body.member("for_seconds", "integer", \.integer)
        guard seconds.map({ (1...Int64(Self.longest)).contains($0) }) ?? true else {
            throw Problem.badRequest("invalid_member", "for_seconds must be from 1 to \(Self.longest).")
        }
        let level = try body.member("level", "string", \.string)
        guard level.map({ Logger.Level(rawValue: $0) != nil }) ?? true else {
            let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.badRequest("invalid_member", "level must be one of \(names).")
        }
        let until = level == nil ? nil : seconds.map { Date(timeIntervalSinceNow: Double($0)) }
        // Seen here at once, by others when they are told.
        levels.apply(try await store.change(to: level, until: until, by: try context.actor))
        return Response(json: Self.document(levels.current))
    }

    private static func document(_ setting: LogLevels.Setting) -> JSONValue {
        let timestamp = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return [
            "level": .string(setting.level.rawValue), "configured": .string(setting.configured.rawValue),
            "until": setting.until.map { .string($0.formatted(timestamp)) } ?? .null,
        ]
    }
}
