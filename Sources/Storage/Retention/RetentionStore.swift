package import Foundation

/// Removes what is older than it is to be kept: a bounded batch a call, so that nobody waits behind it.
package struct RetentionStore: Sendable {
    package static let batch = 500

    let database: any Database
    let histories: HistoryArchive
    let payloads: PayloadStore

    package init(_ database: any Database, histories: HistoryArchive, payloads: PayloadStore) {
        self.database = database
        self.histories = histories
        self.payloads = payloads
    }

    /// What is removed by age alone.
    package enum Log: Sendable, CaseIterable {
        case executionLogs, deliveries, audit, usage

        fileprivate var condition: (table: String, where: String, order: String) {
            switch self {
            case .executionLogs: ("execution_logs", "logged_at < ?", "logged_at")
            // What waits for its receiver is not old.
            case .deliveries: ("webhook_deliveries", "status <> 'pending' AND created_at < ?", "created_at")
            case .audit: ("audit_log", "created_at < ?", "created_at")
            case .usage: ("ai_usage_logs", "workflow_execution_id IS NULL AND created_at < ?", "created_at")
            }
        }
    }

    /// Returns how many rows went; a full batch means that there may be more.
    package func remove(_ log: Log, before date: Date) async throws -> Int {
        let (table, condition, order) = log.condition
        return try await database.write { connection in
            try connection.execute(
                """
                DELETE FROM \(table) WHERE id IN (
                    SELECT id FROM \(table) WHERE \(condition) ORDER BY \(order) LIMIT \(Self.batch)
                )
                """, [date])
        }
    }

    /// Closed executions with all that hangs on them, but for the ledger of AI calls, which keeps tenant, time and cost.
    package func removeExecutions(closedBefore date: Date) async throws -> Int {
        let (count, orphans) = try await database.write { connection in
            let ids: [UUID] = try connection.query(
                """
                SELECT id FROM workflow_executions WHERE completed_at IS NOT NULL AND completed_at < ?
                ORDER BY completed_at, id LIMIT \(Self.batch / 5)
                """, [date]
            ).map { try $0.get("id") }
            guard !ids.isEmpty else { return (0, [(tenant: UUID, digest: ContentDigest)]()) }
            let places = ids.places
            let histories: [(tenant: UUID, digest: ContentDigest)] = try connection.query(
                "SELECT tenant_id, digest FROM execution_histories WHERE execution_id IN (\(places))", ids
            ).map { (try $0.get("tenant_id"), try $0.get("digest")) }
            try connection.execute(
                "UPDATE ai_usage_logs SET workflow_execution_id = NULL WHERE workflow_execution_id IN (\(places))", ids)
            try connection.execute("DELETE FROM execution_logs WHERE execution_id IN (\(places))", ids)
            let count = try connection.execute("DELETE FROM workflow_executions WHERE id IN (\(places))", ids)
            let orphans = try histories.filter { history in
                try connection.query(
                    "SELECT run_id FROM execution_histories WHERE tenant_id = ? AND digest = ? LIMIT 1",
                    [history.tenant, history.digest]
                ).isEmpty
            }
            return (count, orphans)
        }
        // A crash here leaves files that nothing names, never a row without its file.
        for orphan in orphans { try await histories.remove(orphan.digest, tenant: orphan.tenant) }
        return count
    }

    /// Returns how many keys may be used again.
    package func forgetIdempotencyKeys(acceptedBefore date: Date) async throws -> Int {
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE workflow_executions SET idempotency_key = NULL, request_digest = NULL WHERE id IN (
                    SELECT id FROM workflow_executions WHERE idempotency_key IS NOT NULL AND started_at < ?
                    ORDER BY started_at LIMIT \(Self.batch)
                )
                """, [date])
        }
    }

    /// Recorded answers of AI calls and counters of the ledger that nobody comes back for. Returns how many.
    package func removeLedgerRemains(_ now: Date) async throws -> Int {
        try await LedgerStore(database).removeOld(now: now)
    }

    /// Files that nothing has put or put again since `date`, nor since the oldest thing that may name one: an open
    /// execution, a schedule with a large input. Returns how many went.
    package func removePayloads(unusedSince date: Date) async throws -> Int {
        let oldest: [Date] = try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT MIN(started_at) AS oldest FROM workflow_executions WHERE status IN ('pending', 'running')
                UNION ALL
                SELECT MIN(updated_at) AS oldest FROM schedules WHERE length(CAST(input AS TEXT)) > \(Self.largeInput)
                """)
            return try rows.compactMap { try $0.optional("oldest") }
        }
        // A day apart, for clocks that disagree and files that are written before the row.
        let limit = ([date] + oldest.map { $0.addingTimeInterval(-86_400) }).min() ?? date
        return try await payloads.remove(unusedSince: limit)
    }

    /// Characters; what is shorter never becomes a file.
    private static let largeInput = 60_000
}

extension HistoryArchive {
    /// One that is not there is removed.
    func remove(_ digest: ContentDigest, tenant: UUID) async throws {
        let file = folder.file(digest, scope: ContentScope(tenant: tenant))
        try await BlockingWork.run { try? FileManager.default.removeItem(at: file) }
    }
}

extension PayloadStore {
    /// Of all scopes. A payload that is put again, equal to one that is there, counts as used then.
    func remove(unusedSince date: Date) async throws -> Int {
        let folder = folder
        return try await BlockingWork.run { folder.remove(unusedSince: date) }
    }
}
