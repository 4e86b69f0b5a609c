package import Foundation

extension ExecutionStore {
    /// How many outcomes an execution may have, by name.
    package static let outcomeLimit = 50

    /// Keeps what an execution led to (`clicked` 1, `revenue` 12.5), whether it is closed or not; a value given again takes
    /// the earlier one's place. Returns false for an execution that the tenant does not have.
    ///
    /// Throws `limitExceeded` beyond `outcomeLimit` names.
    package func recordOutcome(
        name: String, value: Double, of execution: UUID, tenant: UUID, now: Date = Date()
    ) async throws -> Bool {
        try await database.write { connection in
            let known = try connection.query(
                "SELECT 1 AS one FROM workflow_executions WHERE id = ? AND tenant_id = ?", [execution, tenant])
            guard !known.isEmpty else { return false }
            try connection.execute(
                """
                INSERT INTO execution_outcomes (execution_id, name, tenant_id, value, recorded_at)
                VALUES (?, ?, ?, ?, ?) ON CONFLICT (execution_id, name)
                DO UPDATE SET value = excluded.value, recorded_at = excluded.recorded_at
                """, [execution, name, tenant, value, now])
            let names: Int =
                try connection.query(
                    "SELECT COUNT(*) AS names FROM execution_outcomes WHERE execution_id = ?", [execution]
                ).first?.get("names") ?? 0
            guard names <= Self.outcomeLimit else {
                throw StorageError(
                    .limitExceeded, "An execution has at most \(Self.outcomeLimit) outcomes of different names.")
            }
            return true
        }
    }

    /// By name; empty for an execution that the tenant does not have.
    package func outcomes(of execution: UUID, tenant: UUID) async throws -> [String: Double] {
        try await database.read { connection in
            var outcomes: [String: Double] = [:]
            for row in try connection.query(
                "SELECT name, value FROM execution_outcomes WHERE execution_id = ? AND tenant_id = ?",
                [execution, tenant])
            {
                outcomes[try row.get("name")] = try row.get("value", as: Double.self)
            }
            return outcomes
        }
    }
}
