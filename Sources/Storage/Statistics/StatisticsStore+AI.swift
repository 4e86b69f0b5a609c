package import Foundation

/// What calls to one model for one operation of one activity came to.
package struct AIFigures: Sendable, Hashable {
    package var activity: String
    package var provider: String
    package var model: String
    /// nil in rows that an earlier version wrote.
    package var operation: String?
    package var calls: Int64
    package var failed: Int64
    /// Answers by another model than the preferred one.
    package var failovers: Int64
    package var inputTokens: Int64
    package var outputTokens: Int64
    package var microdollars: Int64
    package var responseTime: Percentiles
}

/// What a tenant spent on AI.
package struct TenantCost: Sendable, Hashable {
    package var tenant: UUID
    package var name: String
    package var calls: Int64
    package var microdollars: Int64

    package init(tenant: UUID, name: String, calls: Int64, microdollars: Int64) {
        self.tenant = tenant
        self.name = name
        self.calls = calls
        self.microdollars = microdollars
    }
}

extension StatisticsStore {
    /// All AI calls of the window by activity, model and operation, those with most calls first: what is presented as a total
    /// is the sum of these. The percentiles are over the newest.
    package func aiFigures(_ window: StatisticsWindow, tenant: UUID?) async throws -> [AIFigures] {
        let conditions = Conditions(window, "created_at", tenant: tenant, of: "tenant_id")
        let columns = ["activity_name", "provider", "model", "operation"]
        let group = columns.joined(separator: ", ")
        let same = columns.map { "COALESCE(n.\($0), '') = COALESCE(s.\($0), '')" }.joined(separator: " AND ")
        // Materialized: PostgreSQL would rank the rows anew for each of the groups.
        return try await rows(
            """
            WITH newest AS MATERIALIZED (
                SELECT \(group),
                    \(Percentiles.columns("response", of: "response_time_ms", position: "position", total: "total"))
                FROM (
                    SELECT \(group), response_time_ms,
                        ROW_NUMBER() OVER (PARTITION BY \(group) ORDER BY response_time_ms NULLS LAST) AS position,
                        COUNT(response_time_ms) OVER (PARTITION BY \(group)) AS total
                    FROM (
                        SELECT * FROM ai_usage_logs WHERE \(conditions.sql)
                        ORDER BY created_at DESC LIMIT \(Self.maximumSample)
                    ) sample
                ) ranked GROUP BY \(group)
            )
            SELECT s.*, \(Percentiles.names("response").map { "n.\($0)" }.joined(separator: ", "))
            FROM (
                SELECT \(group), COUNT(*) AS calls,
                    CAST(SUM(CASE WHEN success THEN 0 ELSE 1 END) AS BIGINT) AS failed,
                    CAST(SUM(CASE WHEN success AND fallback_used THEN 1 ELSE 0 END) AS BIGINT) AS failovers,
                    CAST(COALESCE(SUM(input_tokens), 0) AS BIGINT) AS input_tokens,
                    CAST(COALESCE(SUM(output_tokens), 0) AS BIGINT) AS output_tokens,
                    CAST(COALESCE(SUM(cost_microdollars), 0) AS BIGINT) AS microdollars
                FROM ai_usage_logs WHERE \(conditions.sql) GROUP BY \(group)
            ) s LEFT JOIN newest n ON \(same)
            ORDER BY calls DESC, s.activity_name, s.provider, s.model, s.operation
            """, conditions.twice
        ) { row in
            try AIFigures(
                activity: row.get("activity_name"), provider: row.get("provider"), model: row.get("model"),
                operation: row.optional("operation"), calls: row.get("calls"), failed: row.get("failed"),
                failovers: row.get("failovers"), inputTokens: row.get("input_tokens"),
                outputTokens: row.get("output_tokens"), microdollars: row.get("microdollars"),
                responseTime: Percentiles(row, "response"))
        }
    }

    /// AI calls that failed, by model and the error's code.
    package func failedAICalls(_ window: StatisticsWindow, tenant: UUID?) async throws -> [ErrorCount] {
        let conditions = Conditions(window, "created_at", tenant: tenant, of: "tenant_id")
        return try await rows(
            """
            SELECT provider || '/' || model AS subject, error_code AS type, COUNT(*) AS count FROM ai_usage_logs
            WHERE \(conditions.sql) AND NOT success GROUP BY provider, model, error_code
            ORDER BY count DESC, subject, type LIMIT \(Self.maximumGroups)
            """, conditions, ErrorCount.init)
    }

    /// The tenants that spent most in the window.
    package func costByTenant(_ window: StatisticsWindow, limit: Int = 20) async throws -> [TenantCost] {
        let conditions = Conditions(window, "u.created_at", tenant: nil, of: "u.tenant_id")
        return try await rows(
            """
            SELECT u.tenant_id AS tenant_id, COALESCE(t.name, '') AS name, COUNT(*) AS calls,
                CAST(SUM(u.cost_microdollars) AS BIGINT) AS microdollars
            FROM ai_usage_logs u LEFT JOIN tenants t ON t.id = u.tenant_id WHERE \(conditions.sql)
            GROUP BY u.tenant_id, t.name ORDER BY microdollars DESC, calls DESC, tenant_id LIMIT \(limit)
            """, conditions
        ) { row in
            try TenantCost(
                tenant: row.get("tenant_id"), name: row.get("name"), calls: row.get("calls"),
                microdollars: row.get("microdollars"))
        }
    }
}
