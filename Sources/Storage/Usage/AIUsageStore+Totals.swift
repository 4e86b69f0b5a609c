package import Foundation

/// By what the ledger's totals are grouped.
package enum UsageDimension: String, Sendable, Hashable, CaseIterable {
    /// Of UTC, `2026-11-23`.
    case day
    case tenant
    case template
    case activity
    case provider
    case model
    case operation
    /// `ok` or the error's code.
    case outcome
    /// Enhancement point.
    case point

    fileprivate var expression: String {
        switch self {
        case .day: "created_at / 86400000000"
        case .tenant: "CAST(tenant_id AS TEXT)"
        case .template: "COALESCE(template, '')"
        case .activity: "activity_name"
        case .provider: "provider"
        case .model: "model"
        case .operation: "COALESCE(operation, '')"
        case .outcome: "COALESCE(error_code, 'ok')"
        case .point: "COALESCE(enhancement_point, '')"
        }
    }

    fileprivate func text(_ row: Row) throws -> String {
        guard self == .day else { return try row.get(rawValue) }
        let day: Int64 = try row.get(rawValue)
        return Date(timeIntervalSince1970: Double(day) * 86_400)
            .formatted(.iso8601.year().month().day().dateSeparator(.dash))
    }
}

/// What the totals are of: rows from `from` up to and without `to`, of a tenant or of all.
package struct UsageQuery: Sendable {
    package var tenant: UUID?
    package var from: Date
    package var to: Date
    package var by: [UsageDimension]
    /// Groups; those that cost most. Grouped by day, the newest days.
    package var limit: Int

    package init(tenant: UUID?, from: Date, to: Date, by: [UsageDimension] = [], limit: Int = 1000) {
        self.tenant = tenant
        self.from = from
        self.to = to
        self.by = by
        self.limit = limit
    }
}

package struct UsageTotal: Sendable, Hashable {
    /// The group's values by the dimension's raw name.
    package var dimensions: [String: String]
    package var calls: Int64
    package var failures: Int64
    package var cacheHits: Int64
    package var inputTokens: Int64
    package var cachedInputTokens: Int64
    package var outputTokens: Int64
    package var microdollars: Int64
}

extension AIUsageStore {
    /// Sums of the ledger's rows by the dimensions asked for; one total without any.
    package func totals(_ query: UsageQuery) async throws -> [UsageTotal] {
        let dimensions = UsageDimension.allCases.filter(query.by.contains)
        let columns = dimensions.map { "\($0.expression) AS \($0.rawValue), " }.joined()
        let group = (1...max(1, dimensions.count)).map(String.init).joined(separator: ", ")
        let order = (dimensions.contains(.day) ? "1 DESC, " : "") + "microdollars DESC, calls DESC, \(group)"
        let conditions = Conditions(
            StatisticsWindow(from: query.from, to: query.to), "created_at", tenant: query.tenant, of: "tenant_id")
        func sum(_ expression: String) -> String { "CAST(COALESCE(SUM(\(expression)), 0) AS BIGINT)" }
        let sql = """
            SELECT \(columns) COUNT(*) AS calls, \(sum("CASE WHEN success THEN 0 ELSE 1 END")) AS failures,
                \(sum("CASE WHEN cache_hit THEN 1 ELSE 0 END")) AS cache_hits, \(sum("input_tokens")) AS input_tokens,
                \(sum("cached_input_tokens")) AS cached_input_tokens, \(sum("output_tokens")) AS output_tokens,
                \(sum("cost_microdollars")) AS microdollars
            FROM ai_usage_logs WHERE \(conditions.sql)
            \(dimensions.isEmpty ? "" : "GROUP BY \(group) ORDER BY \(order)") LIMIT \(max(1, query.limit))
            """
        return try await database.read { connection in
            try connection.query(sql, conditions.values).map { row in
                try UsageTotal(
                    dimensions: Dictionary(
                        uniqueKeysWithValues: dimensions.map { ($0.rawValue, try $0.text(row)) }),
                    calls: row.get("calls"), failures: row.get("failures"), cacheHits: row.get("cache_hits"),
                    inputTokens: row.get("input_tokens"), cachedInputTokens: row.get("cached_input_tokens"),
                    outputTokens: row.get("output_tokens"), microdollars: row.get("microdollars"))
            }
        }
    }

    /// Calls of unknown outcome, the newest first: each counts at its maximum until its true cost is told.
    ///
    /// Throws `invalidCursor` for a cursor that no list has given.
    package func unknown(
        tenant: UUID?, after cursor: String? = nil, limit: Int = 50
    ) async throws -> (rows: [UsageRecord], next: String?) {
        var conditions = ["error_code = '\(UsageRecord.unknownOutcome)'"]
        var values: [(any DatabaseConvertible & Sendable)?] = []
        if let tenant {
            conditions.append("tenant_id = ?")
            values.append(tenant)
        }
        if let cursor {
            conditions.append(ListCursor.condition("created_at", "id"))
            values += try ListCursor(cursor).values
        }
        let sql = """
            SELECT * FROM ai_usage_logs WHERE \(conditions.joined(separator: " AND "))
            ORDER BY created_at DESC, id LIMIT \(limit + 1)
            """
        let bound = values
        let found = try await database.read { try $0.query(sql, bound).map { try UsageRecord($0) } }
        let rows = Array(found.prefix(limit))
        return (rows, found.count > limit ? rows.last.map { ListCursor(time: $0.createdAt, id: $0.id).text } : nil)
    }
}
