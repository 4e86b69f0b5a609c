import Foundation

extension CounterSheet {
    /// Lets a request through and holds its maximum, or says what is in the way.
    mutating func decide(_ reservation: Reservation, now: Date) -> ReserveDecision {
        var held: [(key: CounterKey, amount: Int64)] = []
        var counted: [(key: CounterKey, amount: Int64)] = []
        var obstacle: LedgerRefusal?
        var full: [CounterKey] = []

        for budget in budgets(of: reservation.record) {
            let amount = reservation.maximum(of: budget.terms.unit)
            guard amount > 0 else { continue }
            let key = key(of: budget, at: now)
            held.append((key, amount))
            guard budget.terms.isHard, let value = values[key] else { continue }
            let refusal = {
                LedgerRefusal.budget(
                    BudgetRefusal(
                        budget: budget, asked: amount, used: value.used, reserved: value.reserved, resetsAt: $0))
            }
            if amount > budget.terms.cap - value.used {
                return .refused(refusal(interval(of: budget, at: now).end))
            }
            if amount > budget.terms.cap - value.used - value.reserved || blocked.contains(key) {
                obstacle = obstacle ?? refusal(interval(of: budget, at: now).end)
                full.append(key)
            }
        }
        for limit in reservation.limits {
            let key = limit.key(at: now)
            switch limit.kind {
            case .requestsPerMinute: counted.append((key, limit.amount))
            case .tokensPerMinute, .atOnce: held.append((key, limit.amount))
            }
            guard let value = values[key] else { continue }
            let before = limit.keyBefore(at: now).flatMap { values[$0] }
            switch limit.room(in: value, after: before, now: now) {
            case .enough where !blocked.contains(key): break
            case .enough, .later:
                obstacle = obstacle ?? .limit(name: limit.name, retryAfter: nil)
                full.append(key)
            case .none(let retryAfter): return .refused(.limit(name: limit.name, retryAfter: retryAfter))
            }
        }
        if let obstacle {
            blocked.formUnion(full)
            return .waits(obstacle)
        }
        for (key, amount) in held { change(key) { $0.reserved += amount } }
        for (key, amount) in counted { change(key) { $0.used += amount } }
        return .reserved(reservation)
    }

    mutating func change(_ key: CounterKey, _ body: (inout Value) -> Void) {
        guard var value = values[key] else { return }
        body(&value)
        // Nothing is taken off that was not put on; the schema would refuse the whole batch.
        value.used = max(0, value.used)
        value.reserved = max(0, value.reserved)
        value.isChanged = true
        values[key] = value
    }

    /// Gives back what a reservation holds. Counters made in this transaction have never seen it.
    mutating func release(_ reservation: Reservation) {
        let date = reservation.record.createdAt
        for budget in budgets(of: reservation.record) {
            let amount = reservation.maximum(of: budget.terms.unit)
            let key = key(of: budget, at: date)
            if amount > 0, values[key]?.isFresh == false { change(key) { $0.reserved -= amount } }
        }
        for limit in reservation.limits where limit.kind != .requestsPerMinute {
            change(limit.key(at: date)) { $0.reserved -= limit.amount }
        }
    }

    /// A row that is new.
    mutating func use(_ record: UsageRecord) {
        for budget in budgets(of: record) {
            let amount = record.amount(of: budget.terms.unit)
            if amount != 0 { change(key(of: budget, at: record.createdAt)) { $0.used += amount } }
        }
    }

    /// A row in the place of another of the same scope and time.
    mutating func use(_ record: UsageRecord, insteadOf old: UsageRecord) {
        for budget in budgets(of: old) {
            let difference = record.amount(of: budget.terms.unit) - old.amount(of: budget.terms.unit)
            if difference != 0 { change(key(of: budget, at: old.createdAt)) { $0.used += difference } }
        }
    }

    /// What a call took of the rates it was let through for.
    mutating func use(_ reservation: Reservation, actually record: UsageRecord) {
        for limit in reservation.limits where limit.kind == .tokensPerMinute {
            change(limit.key(at: reservation.record.createdAt)) { $0.used += record.amount(of: .tokens) }
        }
    }
}

extension CounterLimit {
    private static let minute: TimeInterval = 60

    enum Room: Equatable {
        case enough
        /// Once others are settled.
        case later
        case none(retryAfter: Duration?)
    }

    func key(at date: Date) -> CounterKey {
        CounterKey(name, from: kind == .atOnce ? nil : Self.start(of: date))
    }

    /// The minute before: the rate looks back over sixty seconds.
    func keyBefore(at date: Date) -> CounterKey? {
        kind == .atOnce ? nil : CounterKey(name, from: Self.start(of: date).addingTimeInterval(-Self.minute))
    }

    private static func start(of date: Date) -> Date {
        Date(timeIntervalSince1970: (date.timeIntervalSince1970 / minute).rounded(.down) * minute)
    }

    /// The minute before counts for the share of it that lies within the last sixty seconds, as if used evenly.
    func room(in value: CounterSheet.Value, after before: CounterSheet.Value?, now: Date) -> Room {
        guard amount <= cap else { return .none(retryAfter: nil) }
        let passed = now.timeIntervalSince(Self.start(of: now))
        let past = Double(before.map { $0.used + $0.reserved } ?? 0)
        let used = Double(value.used) + past * (1 - passed / Self.minute)
        let room = Double(cap - amount)
        if used > room {
            let toNext = Self.minute - passed
            let excess = used - room
            let seconds = past > 0 && Double(value.used) <= room ? min(toNext, excess / past * Self.minute) : toNext
            return .none(retryAfter: .seconds(max(0.05, seconds)))
        }
        return used + Double(value.reserved) > room ? .later : .enough
    }
}
