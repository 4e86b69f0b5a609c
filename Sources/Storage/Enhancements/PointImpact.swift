package import JSON

/// What an enhancement point of one version of a template brought, and what it took.
package struct PointImpact: Sendable, Hashable {
    package var template: String
    package var version: String
    package var point: String
    /// Runs of its task, and those whose enhanced result was used.
    package var runs: Int64 = 0
    package var used: Int64 = 0
    /// The others by reason.
    package var fallbacks: [String: Int64] = [:]
    package var microdollars: Int64 = 0
    /// Milliseconds of the runs that asked for AI, used or not: what the point adds to an execution, at most, because
    /// other branches may run beside it.
    package var latency: Percentiles?
    package var outcomes: [OutcomeImpact] = []

    /// Runs that asked for AI and did not get it, of those that asked.
    package var fallbackRate: Double? {
        let failed = fallbacks.filter { !Self.notTried.contains($0.key) }.values.reduce(0, +)
        return used + failed == 0 ? nil : Double(failed) / Double(used + failed)
    }

    /// Reasons for which AI is not even asked.
    static let notTried: Set<String> = ["not_requested", "not_entitled", "switched_off", "held_out"]

    package var json: JSONValue {
        [
            "template": .string(template), "version": .string(version), "point": .string(point),
            "runs": .integer(runs), "used": .integer(used),
            "fallbacks": .object(
                JSONObject(fallbacks.sorted { $0.key < $1.key }.map { (key: $0.key, value: .integer($0.value)) })),
            "fallback_rate": fallbackRate.map { .number(($0 * 10_000).rounded() / 10_000) } ?? .null,
            "cost_microdollars": .integer(microdollars),
            "latency_ms": [
                "p50": latency?.p50.map { .integer($0) } ?? .null, "p95": latency?.p95.map { .integer($0) } ?? .null,
            ],
            "outcomes": .array(outcomes.map(\.json)),
        ]
    }
}

/// One outcome of the executions of a point, by what became of the point in them.
package struct OutcomeImpact: Sendable, Hashable {
    package enum Group: String, Sendable, CaseIterable {
        /// The enhanced result was used, once at least.
        case with
        /// Held out by lot: the one fair comparison.
        case heldOut = "held_out"
        /// It was asked for and failed; these executions may differ in other ways.
        case fallback
        /// Never asked for, not entitled, or switched off.
        case off
    }

    package var name: String
    package var groups: [Group: Sample] = [:]

    package var json: JSONValue {
        var object: JSONObject = ["name": .string(name)]
        for group in Group.allCases { object[group.rawValue] = groups[group]?.json ?? .null }
        object["difference"] = [
            "held_out": difference(to: .heldOut)?.json ?? .null, "fallback": difference(to: .fallback)?.json ?? .null,
        ]
        return .object(object)
    }

    /// How far the mean with the point lies above the mean without; nil where either has fewer than two values.
    package func difference(to other: Group) -> Difference? {
        guard let with = groups[.with], let without = groups[other], let a = with.squaredError,
            let b = without.squaredError
        else { return nil }
        let estimate = with.mean - without.mean
        let margin = 1.96 * (a + b).squareRoot()
        return Difference(estimate: estimate, low: estimate - margin, high: estimate + margin)
    }

    /// Between two means, with its 95 % interval (normal approximation, variances apart).
    package struct Difference: Sendable, Hashable {
        package var estimate: Double
        package var low: Double
        package var high: Double

        package var json: JSONValue {
            ["estimate": .number(estimate), "low": .number(low), "high": .number(high)]
        }
    }

    package struct Sample: Sendable, Hashable {
        package var count: Int64
        package var mean: Double
        /// Sum of the squared distances from the mean.
        var squares: Double

        /// Of the mean.
        fileprivate var squaredError: Double? {
            count < 2 ? nil : squares / Double(count - 1) / Double(count)
        }

        package var json: JSONValue { ["count": .integer(count), "mean": .number(mean)] }
    }
}
