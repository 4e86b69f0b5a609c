/// How calls to a provider went that were really made, and whose end tells of the provider.
package struct ProviderFigures: Sendable, Hashable {
    package var calls: Int64
    package var failed: Int64
    /// Milliseconds.
    package var p95: Int64?
}

extension StatisticsStore {
    /// Of all tenants, by provider; over the newest `maximumSample` calls.
    package func providerFigures(_ window: StatisticsWindow) async throws -> [String: ProviderFigures] {
        let passing = ["unavailable", "timed_out", "invalid_response", "rate_limited", "quota", "unknown_outcome"]
        return try await database.read { connection in
            var figures: [String: ProviderFigures] = [:]
            for row in try connection.query(
                """
                SELECT provider, COUNT(*) AS calls, CAST(SUM(failed) AS BIGINT) AS failed,
                    MIN(CASE WHEN place * 100 >= total * 95 THEN response_time_ms END) AS p95
                FROM (
                    SELECT provider, response_time_ms, CASE WHEN success THEN 0 ELSE 1 END AS failed,
                        ROW_NUMBER() OVER (PARTITION BY provider ORDER BY response_time_ms) AS place,
                        COUNT(*) OVER (PARTITION BY provider) AS total
                    FROM (
                        SELECT provider, response_time_ms, success FROM ai_usage_logs
                        WHERE created_at >= ? AND created_at < ? AND NOT cache_hit AND response_time_ms IS NOT NULL
                            AND (success OR error_code IN (\(passing.places)))
                        ORDER BY created_at DESC LIMIT \(Self.maximumSample)
                    ) newest
                ) ranked GROUP BY provider
                """, [window.from, window.to] as [(any DatabaseConvertible)?] + passing)
            {
                figures[try row.get("provider")] = ProviderFigures(
                    calls: try row.get("calls"), failed: try row.get("failed"), p95: try row.optional("p95"))
            }
            return figures
        }
    }
}
