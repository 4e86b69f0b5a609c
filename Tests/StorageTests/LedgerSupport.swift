import Foundation
import JSON
import Storage
import Testing

extension Reservation {
    /// A call that may take `most` micro-dollars and a tenth as many tokens.
    static func sample(
        _ tenant: UUID, most: Int64, execution: UUID? = nil, template: String? = nil, environment: String? = nil,
        activity: String = "a", call: Int = 0, limits: [CounterLimit] = [], at date: Date = .at(0)
    ) -> Reservation {
        var record = UsageRecord(
            tenantID: tenant, executionID: execution, activityName: "ai_summarize_activity", activityID: activity,
            callNumber: call, provider: "openai", model: "m", success: false, createdAt: date)
        record.template = template
        record.environment = environment
        record.operation = "summarize"
        record.keyName = "first"
        record.reservedMicrodollars = most
        return Reservation(
            record: record, maximumMicrodollars: most, maximumTokens: most / 10, limits: limits,
            expiresAt: date.addingTimeInterval(60))
    }

    /// Answered, for so much.
    func settled(_ microdollars: Int64, tokens: Int = 0, answer: RecordedAnswer? = nil) -> Settlement {
        var record = record
        record.success = true
        record.costMicrodollars = microdollars
        record.inputTokens = tokens
        record.outputTokens = 0
        return Settlement(reservation: self, record: record, answer: answer)
    }
}

extension ReserveDecision {
    var isReserved: Bool { if case .reserved = self { true } else { false } }
    var isWaiting: Bool { if case .waits = self { true } else { false } }
    var refusal: LedgerRefusal? { if case .refused(let refusal) = self { refusal } else { nil } }
}

extension LedgerStore {
    func reserve(_ reservations: Reservation..., now: Date = .at(0)) async throws -> [ReserveDecision] {
        try await apply(LedgerBatch(requests: reservations.map { ReserveRequest(reservation: $0) }), now: now).decisions
    }

    @discardableResult
    func settle(_ settlements: Settlement..., now: Date = .at(1)) async throws -> LedgerReport {
        try await apply(LedgerBatch(settlements: settlements), now: now)
    }

    /// Lets it through, or fails the test.
    func reserved(_ reservation: Reservation, now: Date = .at(0)) async throws -> Reservation {
        guard case .reserved(let reserved)? = try await reserve(reservation, now: now).first else {
            throw StorageError(.internal, "not let through")
        }
        return reserved
    }
}

extension BudgetStore {
    @discardableResult
    func hard(
        _ cap: Int64, tenant: UUID, template: String? = nil, environment: String? = nil, period: BudgetPeriod = .day,
        unit: BudgetUnit = .microdollars, byOperator: Bool = true
    ) async throws -> Budget {
        try await set(
            BudgetTerms(template: template, environment: environment, period: period, unit: unit, cap: cap),
            tenant: tenant, byOperator: byOperator, by: .service, now: .at(0))
    }
}

extension Database {
    /// What must hold after every transaction: the counter of each budget is the sum of the ledger within its scope and
    /// period, and the cost of each execution that of its rows.
    func expectLedgerAddsUp(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let wrong = try await read { connection -> [String] in
            var wrong: [String] = []
            for budget in try connection.query("SELECT * FROM ai_budgets") {
                let (tenant, template): (UUID, String) = (try budget.get("tenant_id"), try budget.get("template"))
                let (environment, id): (String, UUID) = (try budget.get("environment"), try budget.get("id"))
                let (period, unit): (BudgetPeriod, BudgetUnit) = (try budget.get("period"), try budget.get("unit"))
                let counters = try connection.query(
                    "SELECT * FROM ai_counters WHERE name = ?", ["\(tenant.text)/budget/\(id.text)"])
                for counter in counters {
                    let start: Date = try counter.get("period")
                    let end = period.interval(containing: start).end
                    var condition = "created_at >= ? AND created_at < ?"
                    var values: [any DatabaseConvertible] = [start, end]
                    for (column, value) in [("template", template), ("environment", environment)] where !value.isEmpty {
                        condition += " AND \(column) = ?"
                        values.append(value)
                    }
                    if tenant != .zero {
                        condition += " AND tenant_id = ?"
                        values.append(tenant)
                    }
                    let isMoney = unit == .microdollars
                    let row = isMoney ? "cost_microdollars" : "COALESCE(input_tokens, 0) + COALESCE(output_tokens, 0)"
                    let held = isMoney ? "maximum_microdollars" : "maximum_tokens"
                    func sum(_ expression: String, _ table: String) throws -> Int64? {
                        try connection.query(
                            """
                            SELECT CAST(COALESCE(SUM(\(expression)), 0) AS BIGINT) AS sum FROM \(table)
                            WHERE \(condition)
                            """, values
                        ).first?.get("sum")
                    }
                    let used: Int64 = try counter.get("used")
                    let reserved: Int64 = try counter.get("reserved")
                    let rows = try sum(row, "ai_usage_logs")
                    let calls = try sum(held, "ai_reservations")
                    if used != rows || reserved != calls {
                        wrong.append("\(budget.values): \(used) used of \(rows ?? -1), \(reserved) of \(calls ?? -1)")
                    }
                }
            }
            let executions = try connection.query(
                """
                SELECT e.id AS id FROM workflow_executions e WHERE e.ai_cost_microdollars <> COALESCE((
                    SELECT SUM(u.cost_microdollars) FROM ai_usage_logs u WHERE u.workflow_execution_id = e.id), 0)
                """)
            return wrong + executions.map { "execution \($0.values)" }
        }
        #expect(wrong == [], sourceLocation: sourceLocation)
    }

    func ledgerRows(_ tenant: UUID) async throws -> [UsageRecord] {
        try await AIUsageStore(self).list(tenant: tenant, from: .at(-1e8), to: .at(1e8))
    }

    /// used and reserved.
    func counter(_ name: String) async throws -> [Int64]? {
        try await read { connection in
            try connection.query("SELECT used, reserved FROM ai_counters WHERE name = ? ORDER BY period", [name]).last
                .map { [try $0.get("used"), try $0.get("reserved")] }
        }
    }
}
