package import JSON

/// When a message to somebody is best sent: the hour of the week in which messages to them, and to people like them, were
/// engaged with most often. Computed from the input alone, so that the same input gives the same answer, at no cost.
package struct OptimizeTimingActivity: Activity {
    package var profile: ActivityProfile { StandardCatalog.optimizeTiming }

    package init() {}

    package func run(_ input: JSONValue, _ context: ActivityContext) async throws -> JSONValue {
        try TimingRequest(input).answer()
    }
}

/// What the activity is asked.
private struct TimingRequest {
    private let clock: LocalClock
    private let quiet: QuietHours
    private let earliest: Int64
    /// The local time of the day that the tenant takes without knowing better.
    private let usual: Int64
    private let model: EngagementModel
    private let ownSent: Int

    init(_ input: JSONValue) throws(ActivityError) {
        let zone = input["time_zone"]?.string ?? "UTC"
        guard let clock = LocalClock(zone) else {
            throw .invalidInput("\(zone.prefix(64).debugDescription) is no time zone; give one such as Europe/Berlin")
        }
        self.clock = clock
        guard let start = input["earliest"] ?? input["now"] else {
            throw .invalidInput("give earliest (or now): the answer depends on it")
        }
        earliest = try Self.moment(start, "earliest")
        quiet = QuietHours(
            start: try Self.time(input["quiet_hours"]?["start"], "quiet_hours.start") ?? 0,
            end: try Self.time(input["quiet_hours"]?["end"], "quiet_hours.end") ?? 0)
        usual = try Self.time(input["default"], "default") ?? 10 * 3600
        let own = try Self.counts(input, "history", clock)
        ownSent = Int(own.allSent)
        model = EngagementModel([
            try Self.counts(input["tenant"] ?? [:], "tenant.history", clock),
            try Self.counts(input["segment"] ?? [:], "segment.history", clock), own,
        ])
    }

    func answer() -> JSONValue {
        let candidates = candidates()
        guard model.evidence > 0, let first = candidates.first else { return byDefault() }
        let hours = candidates.map(\.hour)
        var ranked = candidates
        ranked.sort { (model.rate(of: $0.hour), $1.moment) > (model.rate(of: $1.hour), $0.moment) }
        let best = ranked.first ?? first
        var others: [Candidate] = []
        for candidate in ranked.dropFirst() where candidate.hour != best.hour {
            if others.count < 3, !others.contains(where: { $0.hour == candidate.hour }) { others.append(candidate) }
        }
        let percent = (model.rate(of: best.hour) * 1000).rounded() / 10
        var answer = document(best)
        answer["confidence"] = .number(model.confidence(in: best.hour, among: hours))
        answer["reason"] = .string(
            "the highest expected engagement of the next 7 days, \(percent) %, from \(ownSent) messages of one's own and "
                + "\(Int(model.evidence) - ownSent) of others")
        answer["alternatives"] = .array(others.map { .object(document($0)) })
        return .object(answer)
    }

    private struct Candidate {
        var moment: Int64
        var hour: Int
    }

    /// The first moment of each local hour of the next 7 days that is not quiet.
    private func candidates() -> [Candidate] {
        var candidates: [Candidate] = []
        var moment = earliest
        while moment < earliest + LocalClock.week {
            let next = clock.nextHour(after: moment)
            let start = moment + quiet.remaining(atSecondOfDay: clock.secondOfWeek(moment) % 86_400)
            if start < next { candidates.append(Candidate(moment: start, hour: clock.hourOfWeek(start))) }
            moment = next
        }
        return candidates
    }

    /// The tenant's usual time, the next time it comes; after the quiet hours where it lies within them.
    private func byDefault() -> JSONValue {
        var moment = earliest
        let second = clock.secondOfWeek(moment) % 86_400
        let wait = usual >= second ? usual - second : usual + 86_400 - second
        let aim = moment + wait
        // The clock may be changed on the way there.
        moment = max(earliest, aim + clock.offset(at: moment) - clock.offset(at: aim))
        moment += quiet.remaining(atSecondOfDay: clock.secondOfWeek(moment) % 86_400)
        var answer = document(Candidate(moment: moment, hour: clock.hourOfWeek(moment)))
        answer["expected_rate"] = nil
        answer["confidence"] = .number(0)
        answer["reason"] = "no history: the usual time"
        answer["alternatives"] = []
        return .object(answer)
    }

    private func document(_ candidate: Candidate) -> JSONObject {
        [
            "send_at": .string(RFC3339.text(candidate.moment)), "local_time": .string(clock.text(candidate.moment)),
            "hour_of_week": .integer(Int64(candidate.hour)),
            "expected_rate": .number((model.rate(of: candidate.hour) * 10_000).rounded() / 10_000),
        ]
    }

    // MARK: Reading

    /// `history` message by message, or `hours` already counted.
    private static func counts(
        _ level: JSONValue, _ name: String, _ clock: LocalClock
    ) throws(ActivityError) -> EngagementCounts {
        var counts = EngagementCounts()
        for message in level["history"]?.array ?? [] {
            let sent = try moment(message["sent_at"] ?? .null, "\(name): sent_at")
            var engaged: Int64?
            if let value = message["engaged_at"], !value.isNull { engaged = try moment(value, "\(name): engaged_at") }
            counts.add(hour: clock.hourOfWeek(sent), engaged: engaged.map { $0 >= sent ? 1 : 0 } ?? 0)
        }
        for hour in level["hours"]?.array ?? [] {
            guard let number = hour["hour_of_week"]?.integer, let sent = hour["sent"]?.double,
                let engaged = hour["engaged"]?.double, engaged <= sent
            else { throw .invalidInput("\(name): an hour has hour_of_week, sent, and engaged of at most sent") }
            counts.add(hour: Int(number), sent: sent, engaged: engaged)
        }
        return counts
    }

    private static func moment(_ value: JSONValue, _ name: String) throws(ActivityError) -> Int64 {
        guard let moment = value.string.flatMap(RFC3339.moment) else {
            throw .invalidInput("\(name) is no time such as 2027-03-29T07:00:00Z")
        }
        return moment
    }

    private static func time(_ value: JSONValue?, _ name: String) throws(ActivityError) -> Int64? {
        guard let value else { return nil }
        guard let second = value.string.flatMap(secondOfDay) else {
            throw .invalidInput("\(name) is no time of the day such as 21:30")
        }
        return second
    }
}
