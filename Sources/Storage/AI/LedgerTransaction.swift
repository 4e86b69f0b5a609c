import Foundation

/// One transaction of the ledger, from the locks to the last row.
struct LedgerTransaction {
    /// Of a cost, a token count or a reservation: sums of thousands of these fit in a column.
    static let maximumAmount: Int64 = 1_000_000_000_000_000

    let connection: any Connection
    let now: Date
    var counters: CounterSheet

    /// Holds off whoever sets a budget: which budgets there are must not change between looking and counting.
    init(_ connection: any Connection, now: Date) throws {
        self.connection = connection
        self.now = now
        counters = CounterSheet(connection)
        if connection.dialect == .postgresql { try connection.enqueue("LOCK TABLE ai_budgets IN ROW SHARE MODE") }
    }

    mutating func run(_ batch: LedgerBatch) throws -> LedgerReport {
        let ids = batch.settlements.map(\.reservation.id)
        // When it was let through, as the row has it: whoever lost the reply knows another time.
        var live: [UUID: Date] = [:]
        if !ids.isEmpty {
            let places = ids.padded
            for row in try connection.query(
                "DELETE FROM ai_reservations WHERE id IN (\(places.places)) RETURNING id, created_at", places)
            {
                live[try row.get("id")] = try row.get("created_at", as: Date.self)
            }
        }
        var settled: Set<UUID> = []
        let settlements = batch.settlements.compactMap { settlement -> Settlement? in
            guard let createdAt = live[settlement.reservation.id], settled.insert(settlement.record.id).inserted else {
                return nil
            }
            var settlement = settlement
            settlement.reservation.record.createdAt = createdAt
            settlement.record.createdAt = createdAt
            return settlement
        }
        let late = batch.settlements.filter { live[$0.reservation.id] == nil }
        return try complete(
            settlements, records: batch.records, requests: batch.requests, corrections: try corrections(late))
    }

    /// Rows that were written as unknown while their settlement was under way.
    private func corrections(_ late: [Settlement]) throws -> [(old: UsageRecord, new: UsageRecord)] {
        let late = late.filter { $0.record.errorCode != UsageRecord.unknownOutcome }
        guard !late.isEmpty else { return [] }
        let ids = late.map(\.record.id).padded
        let lock = connection.dialect == .postgresql ? "FOR UPDATE" : ""
        let rows = try connection.query(
            """
            SELECT * FROM ai_usage_logs WHERE id IN (\(ids.places))
                AND error_code = '\(UsageRecord.unknownOutcome)' ORDER BY id \(lock)
            """, ids
        ).map { try UsageRecord($0) }
        return rows.compactMap { old in
            guard var new = late.first(where: { $0.record.id == old.id })?.record else { return nil }
            new.executionID = old.executionID
            new.callNumber = old.callNumber
            return (old, new)
        }
    }

    /// What was spent for a tenant that is erased meanwhile counts for others' budgets, and leaves no row.
    ///
    /// - Parameter settlements: their reservations are deleted already, in this transaction.
    mutating func complete(
        _ settlements: [Settlement], records: [UsageRecord], requests: [ReserveRequest],
        corrections: [(old: UsageRecord, new: UsageRecord)] = []
    ) throws -> LedgerReport {
        var report = LedgerReport()
        let tenants =
            settlements.map(\.record.tenantID) + records.map(\.tenantID) + requests.map(\.reservation.record.tenantID)
            + corrections.map(\.old.tenantID)
        guard !tenants.isEmpty else { return report }
        let requests = requests.map { request in
            var request = request
            request.reservation.record.createdAt = now
            return request
        }
        let erased = try TenantErasure.erased(tenants, in: connection)
        let existing = try executions(
            of: (settlements.map(\.record) + records + corrections.map(\.old))
                .filter { !erased.contains($0.tenantID) })
        try counters.open(
            tenants: tenants, rows: settlements.map(\.record) + records + corrections.map(\.old),
            settled: settlements.map(\.reservation), requests: requests.map(\.reservation))

        var costs: [UUID: Int64] = [:]
        func spend(_ record: UsageRecord, _ microdollars: Int64) {
            if microdollars != 0, let id = record.executionID, existing.contains(id) {
                costs[id, default: 0] += microdollars
            }
        }
        let rows = settlements.map { $0.record.within(existing) }
        try insert(rows.filter { !erased.contains($0.tenantID) })
        for (settlement, row) in zip(settlements, rows) {
            counters.release(settlement.reservation)
            counters.use(settlement.reservation, actually: row)
            counters.use(row)
            spend(row, row.costMicrodollars)
        }
        let records = records.map { $0.within(existing) }
        let inserted = try insertOnce(records.filter { !erased.contains($0.tenantID) })
        for record in records {
            let isNew = inserted.contains(record.id)
            report.recorded.append(isNew)
            guard isNew else { continue }
            counters.use(record)
            spend(record, record.costMicrodollars)
        }
        for (old, new) in corrections {
            try correct(new)
            counters.use(new, insteadOf: old)
            spend(old, new.costMicrodollars - old.costMicrodollars)
        }
        try answers(settlements.filter { $0.record.executionID.map(existing.contains) ?? false })
        report.decisions = try reserve(requests)
        report.notices = try counters.close(now: now)
        try add(costs)
        return report
    }

    // MARK: Reservations

    private mutating func reserve(_ requests: [ReserveRequest]) throws -> [ReserveDecision] {
        guard !requests.isEmpty else { return [] }
        var known: [UUID: Reservation] = [:]
        let repeats = requests.filter(\.isRepeat).map(\.reservation.id)
        if !repeats.isEmpty {
            let ids = repeats.padded
            for row in try connection.query("SELECT * FROM ai_reservations WHERE id IN (\(ids.places))", ids) {
                let reservation = try Reservation(row)
                known[reservation.id] = reservation
            }
        }
        var rows: [Reservation] = []
        let decisions = requests.map { request -> ReserveDecision in
            if let reservation = known[request.reservation.id] { return .reserved(reservation) }
            let decision = counters.decide(request.reservation, now: now)
            if case .reserved(let reservation) = decision { rows.append(reservation) }
            return decision
        }
        for piece in rows.pieces {
            let values = piece.map(\.values)
            try connection.enqueue(
                "INSERT INTO ai_reservations (\(Reservation.columns)) VALUES \(values.rows)", values.flatMap { $0 })
        }
        return decisions
    }
}

extension Collection where Element: Collection {
    /// `(?, ?), (?, ?)`.
    var rows: String { map { "(\($0.places))" }.joined(separator: ", ") }
}
