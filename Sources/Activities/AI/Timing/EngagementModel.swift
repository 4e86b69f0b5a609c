import Foundation
import JSON

/// How often messages were engaged with, by the hour of the week (0 is Monday from 00:00, local time) they were sent in.
struct EngagementCounts: Sendable {
    static let hours = 168

    private(set) var sent = [Double](repeating: 0, count: hours)
    private(set) var engaged = [Double](repeating: 0, count: hours)
    private(set) var allSent = 0.0
    private(set) var allEngaged = 0.0

    mutating func add(hour: Int, sent count: Double = 1, engaged successes: Double) {
        guard sent.indices.contains(hour) else { return }
        sent[hour] += count
        engaged[hour] += successes
        allSent += count
        allEngaged += successes
    }
}

/// The expected engagement of each hour of the week: Beta–Binomial, each level shrunk to the one above it.
///
/// 1. The global prior is the same for all hours.
/// 2. A level's overall rate is its own, drawn to that of the level above by `overallWeight` messages.
/// 3. An hour's prior is the hour of the level above, scaled to this level's overall rate, so that a tenant of few
///    openings lends its pattern and not its rate; it weighs as `hourWeight` messages.
/// 4. The posterior of the last level, Beta(a, b), is the answer.
struct EngagementModel: Sendable {
    /// Messages that an hour must have seen to count as much as its prior.
    static let hourWeight = 10.0
    static let overallWeight = 5.0
    /// What is assumed of somebody nobody knows.
    static let globalRate = 0.2

    private var rates = [Double](repeating: globalRate, count: EngagementCounts.hours)
    private var overall = globalRate
    private var own = EngagementCounts()
    /// Messages that any level knows of.
    private(set) var evidence = 0.0

    /// - Parameter levels: from the most general to the person's own.
    init(_ levels: [EngagementCounts]) {
        for level in levels where level.allSent > 0 {
            let rate = (level.allEngaged + Self.overallWeight * overall) / (level.allSent + Self.overallWeight)
            for hour in rates.indices {
                let prior = Self.within(rates[hour] * rate / overall)
                rates[hour] =
                    (level.engaged[hour] + Self.hourWeight * prior) / (level.sent[hour] + Self.hourWeight)
            }
            overall = rate
            evidence += level.allSent
        }
        own = levels.last ?? own
    }

    func rate(of hour: Int) -> Double { rates[hour] }

    /// How sure it is that `hour` is better than the usual one of `hours`: the probability that its rate lies above their
    /// mean, from 0.5 … 1 spread over 0 … 1, and less while little is known at all.
    func confidence(in hour: Int, among hours: [Int]) -> Double {
        guard evidence > 0, !hours.isEmpty else { return 0 }
        let mean = hours.reduce(0) { $0 + rates[$1] } / Double(hours.count)
        let rate = rates[hour]
        let weight = Self.hourWeight + own.sent[hour]
        let deviation = (rate * (1 - rate) / (weight + 1)).squareRoot()
        guard deviation > 0, rate > mean else { return 0 }
        let sureness = erf((rate - mean) / deviation / 2.0.squareRoot())
        return (sureness * evidence / (evidence + 2 * Self.hourWeight) * 1000).rounded() / 1000
    }

    private static func within(_ rate: Double) -> Double { min(max(rate, 0.001), 0.999) }
}
