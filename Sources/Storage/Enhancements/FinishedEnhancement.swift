package import Foundation

/// A row of `execution_enhancements`: what became of an enhancement point in one run of its task.
package struct FinishedEnhancement: Sendable, Hashable {
    /// The step's.
    package var number: Int
    package var point: String
    /// The enhanced result was used.
    package var used: Bool
    /// Why not: `held_out`, `timed_out`, `budget_exceeded`, ….
    package var reason: String?
    package var milliseconds: Int64
    package var completedAt: Date

    package init(
        number: Int, point: String, used: Bool, reason: String?, milliseconds: Int64, completedAt: Date
    ) {
        self.number = number
        self.point = point
        self.used = used
        self.reason = reason
        self.milliseconds = milliseconds
        self.completedAt = completedAt
    }
}

extension Connection {
    /// With what the ledger has for each point, on the point's first row: of several runs of one point in an execution the
    /// ledger does not tell whose a call was.
    func insert(_ enhancements: [FinishedEnhancement], execution: UUID, tenant: UUID, definition: UUID) throws {
        guard !enhancements.isEmpty,
            let template = try query(
                "SELECT name, version FROM workflow_definitions WHERE id = ?", [definition]
            ).first
        else { return }
        let (name, version): (String, String) = (try template.get("name"), try template.get("version"))
        var costs: [String: Int64] = [:]
        for row in try query(
            """
            SELECT enhancement_point AS point, CAST(SUM(cost_microdollars) AS BIGINT) AS cost FROM ai_usage_logs
            WHERE workflow_execution_id = ? AND enhancement_point IS NOT NULL GROUP BY enhancement_point
            """, [execution])
        {
            costs[try row.get("point")] = try row.get("cost", as: Int64.self)
        }
        for start in stride(from: 0, to: enhancements.count, by: 50) {
            let batch = enhancements[start..<min(start + 50, enhancements.count)]
            var values: [(any DatabaseConvertible)?] = []
            for use in batch {
                values += [
                    execution, use.number, tenant, use.point.cut(100), name.cut(100), version.cut(100), use.used,
                    use.reason?.cut(50), max(0, use.milliseconds), costs.removeValue(forKey: use.point) ?? 0,
                    use.completedAt,
                ]
            }
            let places = Array(repeating: "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", count: batch.count)
            try execute(
                """
                INSERT INTO execution_enhancements (execution_id, number, tenant_id, point, template, template_version,
                    used, reason, duration_ms, cost_microdollars, completed_at)
                VALUES \(places.joined(separator: ", ")) ON CONFLICT (execution_id, number) DO NOTHING
                """, values)
        }
    }
}
