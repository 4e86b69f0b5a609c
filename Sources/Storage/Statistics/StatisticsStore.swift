package import Foundation

/// A span of time that figures are about, and the one before it, for comparison.
package struct StatisticsWindow: Sendable, Hashable {
    package let from: Date
    package let to: Date

    package init(from: Date, to: Date) {
        self.from = from
        self.to = to
    }

    package init(last seconds: TimeInterval, before now: Date) {
        self.init(from: now.addingTimeInterval(-seconds), to: now)
    }

    package var seconds: TimeInterval { to.timeIntervalSince(from) }
    package var previous: StatisticsWindow { StatisticsWindow(last: seconds, before: from) }
}

/// Figures over executions, steps and AI calls, of one tenant or of all. One file a subject.
///
/// Everything but sums is bounded: percentiles, and what stands beside them, are taken over the newest `maximumSample` rows of
/// a window, lists have at most `maximumGroups` entries, the largest first.
package struct StatisticsStore: Sendable {
    package static let maximumSample = 100_000
    package static let maximumGroups = 100

    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }
}

/// Nearest-rank percentiles of milliseconds; nil members where nothing was measured.
package struct Percentiles: Sendable, Hashable {
    package var p50: Int64?
    package var p90: Int64?
    package var p95: Int64?
    package var p99: Int64?
    package var maximum: Int64?

    static let ranks = [50, 90, 95, 99]

    /// Columns `NAME_p50` … `NAME_max` of rows that are numbered within their group, ordered by `value`: PostgreSQL has a
    /// function for it, SQLite does not, and this both have.
    static func columns(_ name: String, of value: String, position: String, total: String) -> String {
        let ranked = ranks.map {
            "MIN(CASE WHEN \(position) * 100 >= \(total) * \($0) THEN \(value) END) AS \(name)_p\($0)"
        }
        return (ranked + ["MAX(\(value)) AS \(name)_max"]).joined(separator: ", ")
    }

    /// Of these columns.
    static func names(_ name: String) -> [String] { ranks.map { "\(name)_p\($0)" } + ["\(name)_max"] }

    init(_ row: Row, _ name: String) throws(StorageError) {
        p50 = try row.optional("\(name)_p50")
        p90 = try row.optional("\(name)_p90")
        p95 = try row.optional("\(name)_p95")
        p99 = try row.optional("\(name)_p99")
        maximum = try row.optional("\(name)_max")
    }
}

/// A WHERE clause that grows, with its values.
struct Conditions {
    private(set) var sql: String
    var values: [(any DatabaseConvertible & Sendable)?]

    /// Rows whose time is within the window, of a tenant or of all.
    init(_ window: StatisticsWindow, _ time: String, tenant: UUID?, of tenantColumn: String) {
        sql = "\(time) >= ? AND \(time) < ?"
        values = [window.from, window.to]
        if let tenant {
            sql = "\(tenantColumn) = ? AND " + sql
            values.insert(tenant, at: 0)
        }
    }

    /// For a statement that says it in two places.
    var twice: Conditions {
        var conditions = self
        conditions.values += values
        return conditions
    }

    mutating func add(_ condition: String, _ value: any DatabaseConvertible & Sendable) {
        sql += " AND \(condition)"
        values.append(value)
    }
}
