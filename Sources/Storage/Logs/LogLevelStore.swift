package import Foundation
import JSON

/// The level that an operator set for the logs of all processes while they run: one row, which each reads again when it is
/// told of a change.
package struct LogLevelStore: Sendable {
    package struct Change: Sendable, Hashable {
        /// nil: what each process is configured with.
        package let level: String?
        /// nil: no end.
        package let until: Date?
        /// Tells one change from another.
        package let changedAt: Date
    }

    let database: any Database
    private static let name = "log_level"

    package init(_ database: any Database) { self.database = database }

    @discardableResult
    package func change(
        to level: String?, until: Date? = nil, by actor: AuditActor, now: Date = Date()
    ) async throws -> Change {
        let microseconds = until.map { JSONValue.integer(Int64(($0.timeIntervalSince1970 * 1_000_000).rounded())) }
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let shown = until.map { JSONValue.string($0.formatted(format)) }
        let name = level.map { JSONValue.string($0) } ?? .null
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO service_settings (name, value, changed_at) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at
                """,
                [Self.name, ["level": name, "until": microseconds ?? .null] as JSONValue, now])
            try AuditLog.record(
                .logLevelChanged, by: actor, target: "log-level", detail: ["level": name, "until": shown ?? .null],
                now: now, in: connection)
            try connection.notify(.settings, "")
        }
        return Change(level: level, until: until, changedAt: now)
    }

    /// nil: nobody ever changed it.
    package func last() async throws -> Change? {
        try await database.read { connection in
            try connection.query("SELECT value, changed_at FROM service_settings WHERE name = ?", [Self.name]).first.map
            {
                let value = try $0.get("value", as: JSONValue.self)
                return Change(
                    level: value["level"]?.string,
                    until: value["until"]?.integer.map { Date(timeIntervalSince1970: Double($0) / 1_000_000) },
                    changedAt: try $0.get("changed_at"))
            }
        }
    }
}
