package import Foundation
import JSON

/// The ledger of money: what may be spent is reserved, what was spent is written down, in transactions that hold at any
/// number of processes.
///
/// Each budget has a counter a period. It is made by whoever first needs it, from the rows and reservations of its
/// scope; from then on every transaction that adds or removes one of those holds the counter's lock and moves it too.
/// So a counter's `used` is the sum of the rows within its scope and period, always, and its `reserved` that of the
/// reservations.
///
/// Locks are taken in one order: budgets as a whole, reservations, rows, tenants, executions, counters by name.
package struct LedgerStore: Sendable {
    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// Everything of a batch or nothing.
    package func apply(_ batch: LedgerBatch, now: Date = Date()) async throws -> LedgerReport {
        try await database.write { connection in
            var transaction = try LedgerTransaction(connection, now: now)
            return try transaction.run(batch)
        }
    }

    /// Turns reservations that are past their time, or all of a tenant, into rows of unknown outcome. Returns how many.
    package func expire(now: Date = Date(), tenant: UUID? = nil) async throws -> [UsageRecord] {
        let condition = tenant == nil ? "expires_at < ?" : "tenant_id = ?"
        let values: [any DatabaseConvertible & Sendable] = [tenant ?? now]
        let isAny = try await database.read { connection in
            try !connection.query("SELECT 1 AS one FROM ai_reservations WHERE \(condition) LIMIT 1", values).isEmpty
        }
        guard isAny else { return [] }
        return try await database.write { connection in
            var transaction = try LedgerTransaction(connection, now: now)
            let lock = connection.dialect == .postgresql ? "FOR UPDATE SKIP LOCKED" : ""
            let expired = try connection.query(
                """
                DELETE FROM ai_reservations WHERE id IN (
                    SELECT id FROM ai_reservations WHERE \(condition) ORDER BY expires_at LIMIT 100 \(lock)
                ) RETURNING \(Reservation.columns)
                """, values
            ).map { Settlement(unknown: try Reservation($0)) }
            _ = try transaction.complete(expired, records: [], requests: [])
            return expired.map(\.record)
        }
    }

    /// Tells the true cost of a call of unknown outcome, and nothing of its tokens.
    ///
    /// nil where there is no such row (of the tenant); throws `conflict` for one whose outcome is known.
    package func resolve(
        _ id: UUID, microdollars: Int64, tenant: UUID?, by actor: AuditActor, now: Date = Date()
    ) async throws -> UsageRecord? {
        guard (0...LedgerTransaction.maximumAmount).contains(microdollars) else {
            throw StorageError(.constraint, "A cost is a number of micro-dollars from 0 on.")
        }
        return try await database.write { connection in
            var transaction = try LedgerTransaction(connection, now: now)
            let lock = connection.dialect == .postgresql ? "FOR UPDATE" : ""
            let row = try connection.query("SELECT * FROM ai_usage_logs WHERE id = ? \(lock)", [id]).first
            guard let old = try row.map({ try UsageRecord($0) }), tenant == nil || old.tenantID == tenant else {
                return nil
            }
            guard old.errorCode == UsageRecord.unknownOutcome else {
                throw StorageError(.conflict, "The outcome of this call is known already.")
            }
            var new = old
            new.costMicrodollars = microdollars
            new.errorCode = UsageRecord.resolvedOutcome
            _ = try transaction.complete([], records: [], requests: [], corrections: [(old, new)])
            try AuditLog.record(
                .unknownResolved, by: actor, tenant: old.tenantID, target: "ai_call/\(id.text)",
                detail: ["before": .integer(old.costMicrodollars), "after": .integer(microdollars)], now: now,
                in: connection)
            return new
        }
    }
}
