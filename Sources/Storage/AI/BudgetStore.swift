package import Foundation
import JSON

/// Budgets: read, set and deleted, each change with its line in the audit log.
package struct BudgetStore: Sendable {
    /// A tenant's, so that a call need not look at any number.
    static let maximum = 100

    let database: any Database
    private let isEnforced: Bool

    /// - Parameter isEnforced: whether calls go through the ledger; without it no hard budget can be promised.
    package init(_ database: any Database, isEnforced: Bool = true) {
        self.database = database
        self.isEnforced = isEnforced
    }

    /// Of one tenant, or of all and those over all; at most 1,000.
    package func standings(tenant: UUID?, now: Date = Date()) async throws -> [BudgetStanding] {
        try await database.read { connection in
            let budgets = try connection.query(
                """
                SELECT * FROM ai_budgets \(tenant == nil ? "" : "WHERE tenant_id = ?")
                ORDER BY tenant_id, template, environment, period, unit, hard, set_by LIMIT 1000
                """, tenant.map { [$0] } ?? []
            ).map { try Budget($0) }
            return try budgets.map { budget in
                let interval = budget.terms.period.interval(containing: now)
                let key = CounterKey(budget.counterName, from: interval.start)
                let row = try connection.query(
                    "SELECT used, reserved FROM ai_counters WHERE name = ? AND period = ?", [key.name, key.period]
                ).first
                let sums =
                    if let row { (used: try row.get("used") as Int64, reserved: try row.get("reserved") as Int64) } else
                    {
                        try budget.sums(in: interval, connection)
                    }
                return BudgetStanding(
                    budget: budget, used: sums.used, reserved: sums.reserved, resetsAt: interval.end)
            }
        }
    }

    /// Sets the cap of a scope, period and unit; counts from the period's beginning. From the return on, no process
    /// lets a call through that does not fit.
    ///
    /// - Parameters:
    ///   - tenant: the nil id for a budget over all tenants, which the operator alone can set.
    ///   - byOperator: beside what the tenant sets for itself, and out of its reach.
    @discardableResult
    package func set(
        _ terms: BudgetTerms, tenant: UUID, byOperator: Bool, by actor: AuditActor, now: Date = Date()
    ) async throws -> Budget {
        guard isEnforced || !terms.isHard else {
            throw StorageError(.constraint, "Hard budgets need the ledger of AI calls, which is turned off here.")
        }
        guard (0...LedgerTransaction.maximumAmount).contains(terms.cap) else {
            throw StorageError(.constraint, "A budget's cap is a number from 0 to 10^15.")
        }
        guard terms.template?.isEmpty != true, terms.environment?.isEmpty != true, byOperator || tenant != .zero else {
            throw StorageError(
                .constraint, "A budget is for a tenant, and for a template or environment that has a name.")
        }
        let setter: Budget.Setter = byOperator ? .operator : .tenant
        return try await changing { connection in
            let count: Int =
                try connection.query(
                    "SELECT COUNT(*) AS count FROM ai_budgets WHERE tenant_id = ? AND set_by = ?", [tenant, setter]
                ).first?.get("count") ?? 0
            let key: [(any DatabaseConvertible)?] = [
                tenant, terms.template ?? "", terms.environment ?? "", terms.period, terms.unit, terms.isHard, setter,
            ]
            let condition = """
                tenant_id = ? AND template = ? AND environment = ? AND period = ? AND unit = ? AND hard = ? AND set_by = ?
                """
            let isNew =
                try connection.execute(
                    "UPDATE ai_budgets SET cap = ?, updated_at = ? WHERE \(condition)", [terms.cap, now] + key) == 0
            if isNew {
                guard count < Self.maximum else {
                    throw StorageError(.limitExceeded, "There are \(Self.maximum) budgets already.")
                }
                try connection.execute(
                    """
                    INSERT INTO ai_budgets (tenant_id, template, environment, period, unit, hard, set_by, id, cap,
                        created_by, created_at, updated_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """, key + [UUID(), terms.cap, actor.principalID ?? .zero, now, now])
            }
            guard let row = try connection.query("SELECT * FROM ai_budgets WHERE \(condition)", key).first else {
                throw StorageError(.internal, "A budget that was written is not there.")
            }
            let budget = try Budget(row)
            try AuditLog.record(
                .budgetSet, by: actor, tenant: tenant == .zero ? nil : tenant, target: "budget/\(budget.id.text)",
                detail: terms.json, now: now, in: connection)
            return budget
        }
    }

    /// Returns false for an id that is not there, or not the tenant's own to delete.
    ///
    /// - Parameter tenant: nil for the operator, who may delete any.
    @discardableResult
    package func delete(_ id: UUID, tenant: UUID?, by actor: AuditActor, now: Date = Date()) async throws -> Bool {
        try await changing { connection in
            let row = try connection.query("SELECT * FROM ai_budgets WHERE id = ?", [id]).first
            guard let budget = try row.map({ try Budget($0) }),
                tenant == nil || (budget.tenantID == tenant && budget.setBy == .tenant)
            else { return false }
            try connection.execute("DELETE FROM ai_budgets WHERE id = ?", [id])
            try connection.execute("DELETE FROM ai_counters WHERE name = ?", [budget.counterName])
            try AuditLog.record(
                .budgetDeleted, by: actor, tenant: budget.tenantID == .zero ? nil : budget.tenantID,
                target: "budget/\(id.text)", detail: budget.terms.json, now: now, in: connection)
            return true
        }
    }

    /// Whether a ledger that is turned off would break a promise.
    package func hasHard() async throws -> Bool {
        try await database.read { connection in
            try !connection.query("SELECT 1 AS one FROM ai_budgets WHERE hard LIMIT 1").isEmpty
        }
    }

    /// While no transaction of the ledger runs: each has looked at the budgets before it counts.
    private func changing<Result: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result {
        try await database.write { connection in
            if connection.dialect == .postgresql { try connection.execute("LOCK TABLE ai_budgets IN EXCLUSIVE MODE") }
            return try body(connection)
        }
    }
}

extension BudgetTerms {
    fileprivate var json: JSONValue {
        [
            "template": template.map { .string($0) } ?? .null, "environment": environment.map { .string($0) } ?? .null,
            "period": .string(period.rawValue), "unit": .string(unit.rawValue), "cap": .integer(cap),
            "hard": .bool(isHard),
        ]
    }
}
