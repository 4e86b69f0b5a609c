package import Foundation

/// What the steps of a template with an activity have come to: all provider calls of all attempts of a step together.
package struct StepCost: Sendable, Hashable {
    package var activity: String
    package var steps: Int64
    package var averageMicrodollars: Int64
    /// Nearest rank.
    package var p95Microdollars: Int64

    package init(activity: String, steps: Int64, averageMicrodollars: Int64, p95Microdollars: Int64) {
        self.activity = activity
        self.steps = steps
        self.averageMicrodollars = averageMicrodollars
        self.p95Microdollars = p95Microdollars
    }
}

extension AIUsageStore {
    /// Of a tenant's newest steps since `from`, for what an execution may be expected to cost.
    package func stepCosts(tenant: UUID, template: String, from: Date, to: Date = Date()) async throws -> [StepCost] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT activity_name, COUNT(*) AS steps, CAST(SUM(cost) / COUNT(*) AS BIGINT) AS average,
                    CAST(MIN(CASE WHEN position * 100 >= total * 95 THEN cost END) AS BIGINT) AS p95
                FROM (
                    SELECT activity_name, cost,
                        ROW_NUMBER() OVER (PARTITION BY activity_name ORDER BY cost) AS position,
                        COUNT(*) OVER (PARTITION BY activity_name) AS total
                    FROM (
                        SELECT activity_name, workflow_execution_id, activity_id, SUM(cost_microdollars) AS cost
                        FROM (
                            SELECT * FROM ai_usage_logs
                            WHERE tenant_id = ? AND created_at >= ? AND created_at < ? AND template = ?
                                AND workflow_execution_id IS NOT NULL
                            ORDER BY created_at DESC LIMIT \(StatisticsStore.maximumSample)
                        ) newest
                        GROUP BY activity_name, workflow_execution_id, activity_id
                    ) step
                ) ranked
                GROUP BY activity_name ORDER BY activity_name
                """, [tenant, from, to, template]
            ).map { row in
                try StepCost(
                    activity: row.get("activity_name"), steps: row.get("steps"),
                    averageMicrodollars: row.get("average"), p95Microdollars: row.get("p95"))
            }
        }
    }
}
