import Foundation

/// How often answers of a probability were right, learnt from trials.
///
/// A logistic curve over the probability's log-odds makes confidences of it (Platt 1999, his targets included: between
/// what was seen and one half, while little was seen). Two numbers, because trials are few: where answering begins would
/// otherwise change a lot with the examples.
struct Calibration: Sendable {
    struct Trial {
        var probability: Double
        var isRight: Bool
    }

    /// Fewer say nothing.
    static let leastTrials = 20
    /// Of the answers that are given; a little above the nine in ten that are promised.
    private static let wanted = 0.91
    /// Of each answer, where the wanted share is never reached.
    private static let accepted = 0.75

    private var offset = 0.0
    private var slope = 1.0
    /// The least probability of a trial that is answered with; above 1 for never.
    private var threshold = 0.5

    init(_ trials: [Trial]) {
        guard trials.count >= Self.leastTrials else { return }
        fit(trials)
        let probabilities = trials.map(\.probability).sorted(by: >)
        var sum = 0.0
        var best: Double?
        for (place, probability) in probabilities.enumerated() {
            sum += confidence(probability)
            if sum >= Self.wanted * Double(place + 1) { best = probability }
        }
        threshold = best ?? probabilities.last { confidence($0) >= Self.accepted } ?? 1.1
    }

    /// Whether to answer; also below all trials, where the curve says that enough is right there.
    func isSure(_ probability: Double) -> Bool {
        probability >= threshold || confidence(probability) >= Self.wanted
    }

    func confidence(_ probability: Double) -> Double { Self.curve(offset + slope * Self.logOdds(probability)) }

    /// Newton's method with steps of at most 1, and a pull of one trial's strength towards the probabilities as they are.
    private mutating func fit(_ trials: [Trial]) {
        let points = trials.map { Self.logOdds($0.probability) }
        let right = Double(trials.count { $0.isRight })
        let wrong = Double(trials.count) - right
        let targets = trials.map { $0.isRight ? (right + 1) / (right + 2) : 1 / (wrong + 2) }
        for _ in 0..<40 {
            var gradient = (0.0, 1 - slope)
            var curvature = (1e-6, 0.0, 1.0)
            for (point, target) in zip(points, targets) {
                let value = Self.curve(offset + slope * point)
                let weight = value * (1 - value)
                gradient.0 += target - value
                gradient.1 += (target - value) * point
                curvature.0 += weight
                curvature.1 += weight * point
                curvature.2 += weight * point * point
            }
            let determinant = curvature.0 * curvature.2 - curvature.1 * curvature.1
            offset += Self.step(curvature.2 * gradient.0 - curvature.1 * gradient.1, determinant)
            slope += Self.step(curvature.0 * gradient.1 - curvature.1 * gradient.0, determinant)
        }
        // Where the surer answers were wrong more often, all are as good as their mean.
        if slope < 0 { (offset, slope) = (Self.logOdds((right + 1) / (right + wrong + 2)), 0) }
    }

    private static func step(_ numerator: Double, _ denominator: Double) -> Double {
        min(max(numerator / max(denominator, 1e-12), -1), 1)
    }

    private static func curve(_ value: Double) -> Double { 1 / (1 + exp(-value)) }

    private static func logOdds(_ probability: Double) -> Double {
        let bounded = min(max(probability, 1e-6), 1 - 1e-6)
        return log(bounded / (1 - bounded))
    }
}
