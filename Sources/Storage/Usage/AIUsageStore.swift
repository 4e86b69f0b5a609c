package import Foundation

/// The ledger of calls to AI providers. An execution's cost is the sum of its rows, kept on the execution's row too.
package struct AIUsageStore: Sendable {
    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// A call that nothing was reserved for; it counts against the budgets all the same.
    ///
    /// Returns false when this very call (or row id) is recorded already: a repeated record changes nothing.
    @discardableResult
    package func record(_ usage: UsageRecord) async throws -> Bool {
        try await LedgerStore(database).apply(LedgerBatch(records: [usage])).recorded.first ?? false
    }

    /// Micro-dollars of one execution.
    package func cost(execution: UUID, tenant: UUID) async throws -> Int64 {
        try await sum("workflow_execution_id = ? AND tenant_id = ?", [execution, tenant])
    }

    /// Micro-dollars of a tenant, from `start` up to and without `end`.
    package func cost(tenant: UUID, from start: Date, to end: Date) async throws -> Int64 {
        try await sum("tenant_id = ? AND created_at >= ? AND created_at < ?", [tenant, start, end])
    }

    /// Oldest first.
    package func list(execution: UUID, tenant: UUID) async throws -> [UsageRecord] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT * FROM ai_usage_logs WHERE workflow_execution_id = ? AND tenant_id = ? ORDER BY created_at, id
                """,
                [execution, tenant]
            ).map { try UsageRecord($0) }
        }
    }

    /// Oldest first, from `start` up to and without `end`; at most `limit`.
    package func list(tenant: UUID, from start: Date, to end: Date, limit: Int = 1000) async throws -> [UsageRecord] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT * FROM ai_usage_logs WHERE tenant_id = ? AND created_at >= ? AND created_at < ?
                ORDER BY created_at, id LIMIT ?
                """,
                [tenant, start, end, limit]
            ).map { try UsageRecord($0) }
        }
    }

    private func sum(_ condition: String, _ values: [any DatabaseConvertible & Sendable]) async throws -> Int64 {
        try await database.read { connection in
            let rows = try connection.query(
                "SELECT COALESCE(SUM(cost_microdollars), 0) AS total FROM ai_usage_logs WHERE \(condition)", values
            )
            return try rows.first?.get("total") ?? 0
        }
    }
}
