import Foundation

/// A counter's row: microseconds since 1970 of its period's start, 0 for what has no period.
struct CounterKey: Hashable, Comparable {
    var name: String
    var period: Int64

    static func < (one: CounterKey, other: CounterKey) -> Bool {
        (one.name, one.period) < (other.name, other.period)
    }

    init(_ name: String, from start: Date?) {
        self.name = name
        period = start.map { Int64(($0.timeIntervalSince1970 * 1_000_000).rounded()) } ?? 0
    }

    init(_ row: Row) throws(StorageError) {
        name = try row.get("name")
        period = try row.get("period")
    }
}

/// The counters that one transaction needs, locked, read once and written once.
struct CounterSheet {
    struct Value {
        var used: Int64 = 0
        var reserved: Int64 = 0
        /// Made in this transaction, from what was there without its own settlements.
        var isFresh = false
        /// `used` as it was before.
        var before: Int64 = 0
        var isChanged = false
    }

    private let connection: any Connection
    private var budgets: [Budget] = []
    private var scopes: [Scope: [Budget]] = [:]
    private var intervals: [BudgetPeriod: DateInterval] = [:]
    private var budgetOfKey: [CounterKey: Budget] = [:]
    var values: [CounterKey: Value] = [:]
    /// Counters for whose room an earlier request waits: no later one overtakes it.
    var blocked: Set<CounterKey> = []

    private struct Scope: Hashable {
        var tenant: UUID
        var template: String?
        var environment: String?
    }

    init(_ connection: any Connection) {
        self.connection = connection
    }

    /// The budgets that a call counts against.
    mutating func budgets(of record: UsageRecord) -> [Budget] {
        let scope = Scope(tenant: record.tenantID, template: record.template, environment: record.environment)
        if let found = scopes[scope] { return found }
        let found = budgets.filter {
            $0.takesIn(tenant: scope.tenant, template: scope.template, environment: scope.environment)
        }
        scopes[scope] = found
        return found
    }

    mutating func interval(of budget: Budget, at date: Date) -> DateInterval {
        let period = budget.terms.period
        if let known = intervals[period], known.start <= date, date < known.end { return known }
        let interval = period.interval(containing: date)
        intervals[period] = interval
        return interval
    }

    mutating func key(of budget: Budget, at date: Date) -> CounterKey {
        let key = CounterKey(budget.counterName, from: interval(of: budget, at: date).start)
        budgetOfKey[key] = budget
        return key
    }

    // MARK: Reading

    /// Locks and reads what the rows, the settled reservations and the requests need; makes what is missing.
    mutating func open(
        tenants: [UUID], rows: [UsageRecord], settled: [Reservation], requests: [Reservation]
    ) throws {
        let tenants = (Set(tenants).union([.zero])).sorted { $0.text < $1.text }.padded
        budgets = try connection.query(
            "SELECT * FROM ai_budgets WHERE tenant_id IN (\(tenants.places))", tenants
        ).map { try Budget($0) }

        var needed: Set<CounterKey> = []
        var wanted: Set<CounterKey> = []
        for record in rows + requests.map(\.record) {
            for budget in budgets(of: record) { needed.insert(key(of: budget, at: record.createdAt)) }
        }
        for reservation in requests {
            for limit in reservation.limits {
                needed.insert(limit.key(at: reservation.record.createdAt))
                if let before = limit.keyBefore(at: reservation.record.createdAt) { wanted.insert(before) }
            }
        }
        for reservation in settled {
            for limit in reservation.limits where limit.kind != .requestsPerMinute {
                wanted.insert(limit.key(at: reservation.record.createdAt))
            }
        }
        try read(needed.union(wanted))
        var missing = needed.filter { values[$0] == nil }
        // Somebody may remove an old one between the two statements.
        for _ in 0..<3 where !missing.isEmpty {
            let fresh = try make(missing.sorted())
            try read(missing)
            for key in fresh where values[key] != nil {
                values[key]?.isFresh = true
                if let budget = budgetOfKey[key] { try fill(key, of: budget) }
            }
            missing = missing.filter { values[$0] == nil }
        }
        guard missing.isEmpty else { throw StorageError(.busy, "The counters of the AI ledger change too quickly.") }
    }

    private mutating func read(_ keys: Set<CounterKey>) throws {
        guard !keys.isEmpty else { return }
        let names = Set(keys.map(\.name)).sorted().padded
        let periods = Set(keys.map(\.period)).sorted().padded
        let lock = connection.dialect == .postgresql ? "FOR UPDATE" : ""
        let rows = try connection.query(
            """
            SELECT name, period, used, reserved FROM ai_counters
            WHERE name IN (\(names.places)) AND period IN (\(periods.places)) ORDER BY name, period \(lock)
            """, names as [(any DatabaseConvertible)?] + periods)
        for row in rows {
            let used: Int64 = try row.get("used")
            values[try CounterKey(row)] = Value(used: used, reserved: try row.get("reserved"), before: used)
        }
    }

    /// Returns those that this transaction made.
    private func make(_ keys: [CounterKey]) throws -> [CounterKey] {
        var made: [CounterKey] = []
        for piece in keys.pieces {
            let values = piece.map { [$0.name, $0.period] as [(any DatabaseConvertible)?] }
            made += try connection.query(
                """
                INSERT INTO ai_counters (name, period) VALUES \(values.rows)
                ON CONFLICT DO NOTHING RETURNING name, period
                """, values.flatMap { $0 }
            ).map { try CounterKey($0) }
        }
        return made
    }

    /// A budget that was set in the middle of its period begins with what the period has seen.
    private mutating func fill(_ key: CounterKey, of budget: Budget) throws {
        let start = Date(timeIntervalSince1970: Double(key.period) / 1_000_000)
        let sums = try budget.sums(in: budget.terms.period.interval(containing: start), connection)
        values[key]?.used = sums.used
        values[key]?.reserved = sums.reserved
        values[key]?.isChanged = true
    }

    // MARK: Writing

    /// Writes what has changed. Returns the budgets whose use has passed 80 or 100 %.
    mutating func close(now: Date) throws -> [BudgetNotice] {
        let changed = values.filter(\.value.isChanged).sorted { $0.key < $1.key }
        for piece in changed.pieces {
            let rows = piece.map {
                [$0.key.name, $0.key.period, $0.value.used, $0.value.reserved] as [(any DatabaseConvertible)?]
            }
            try connection.enqueue(
                """
                INSERT INTO ai_counters (name, period, used, reserved) VALUES \(rows.rows)
                ON CONFLICT (name, period) DO UPDATE SET used = excluded.used, reserved = excluded.reserved
                """, rows.flatMap { $0 })
        }
        return changed.flatMap { key, value -> [BudgetNotice] in
            guard let budget = budgetOfKey[key], budget.terms.cap > 0 else { return [] }
            let cap = Double(budget.terms.cap)
            let start = Date(timeIntervalSince1970: Double(key.period) / 1_000_000)
            return [80, 100].compactMap { percent in
                let line = cap * Double(percent) / 100
                guard Double(value.before) < line, Double(value.used) >= line else { return nil }
                return BudgetNotice(
                    budget: budget, percent: percent, used: value.used,
                    resetsAt: budget.terms.period.interval(containing: start).end)
            }
        }
    }
}

extension Budget {
    /// Not the scope but the id: a budget that was deleted and set again is another one.
    var counterName: String { "\(tenantID.text)\(Self.counterMark)\(id.text)" }
    static let counterMark = "/budget/"

    /// What the rows and the reservations of its scope come to.
    func sums(in interval: DateInterval, _ connection: any Connection) throws -> (used: Int64, reserved: Int64) {
        var condition = "created_at >= ? AND created_at < ?"
        var values: [any DatabaseConvertible] = [interval.start, interval.end]
        if tenantID != .zero {
            condition += " AND tenant_id = ?"
            values.append(tenantID)
        }
        if let template = terms.template {
            condition += " AND template = ?"
            values.append(template)
        }
        if let environment = terms.environment {
            condition += " AND environment = ?"
            values.append(environment)
        }
        let (amount, maximum) =
            switch terms.unit {
            case .microdollars: ("cost_microdollars", "maximum_microdollars")
            case .tokens: ("COALESCE(input_tokens, 0) + COALESCE(output_tokens, 0)", "maximum_tokens")
            }
        func sum(_ expression: String, of table: String) throws -> Int64 {
            try connection.query(
                "SELECT CAST(COALESCE(SUM(\(expression)), 0) AS BIGINT) AS total FROM \(table) WHERE \(condition)",
                values
            ).first?.get("total") ?? 0
        }
        return (try sum(amount, of: "ai_usage_logs"), try sum(maximum, of: "ai_reservations"))
    }
}
