import Foundation
import Hummingbird
import JSON
import Logging
import Observability
import Storage

/// `GET` and `PUT /workflows/log-level`, for the operator: what this process writes to its log, changed while it runs.
struct LogLevelRoutes {
    let levels: LogLevels

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
        if let text = try body.member("level", "string", \.string) {
            guard let level = Logger.Level(rawValue: text) else {
                let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem.badRequest("invalid_member", "level must be one of \(names).")
            }
            levels.change(to: level, until: seconds.map { Date(timeIntervalSinceNow: Double($0)) })
        } else {
            levels.reset()
        }
        let current = levels.current
        context.logger.notice("The log level changed", metadata: ["to": "\(current.level.rawValue)"])
        return Response(json: Self.document(current))
    }

    private static func document(_ setting: LogLevels.Setting) -> JSONValue {
        let timestamp = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return [
            "level": .string(setting.level.rawValue), "configured": .string(setting.configured.rawValue),
            "until": setting.until.map { .string($0.formatted(timestamp)) } ?? .null,
        ]
    }
}
