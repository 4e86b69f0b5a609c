import Foundation

/// Multinomial logistic regression over the terms of examples, with probabilities that keep what they say.
///
/// 1. Texts become vectors of their terms by number and rarity (TF-IDF), of length 1. The categories' names are examples
///    too.
/// 2. Weights are learnt by stochastic gradient descent with L2 regularisation, in a fixed order and for a fixed number of
///    turns: the same examples give the same model.
/// 3. Five models that each leave a fifth of the examples out say how often an answer of which probability was right; a
///    monotone curve through that (pool adjacent violators) makes probabilities of it, and the least of them at which
///    nine in ten answers were right is where answering begins.
struct ExampleModel: Sendable {
    private let vocabulary: Vocabulary
    private let weights: Weights
    private let calibration: Calibration

    /// - Parameter labels: for each example the number of its category.
    init(_ texts: [TermCounts], labels: [Int], categories: [String]) {
        let names = categories.map { TermCounts(ScalarText($0)) }
        let vocabulary = Vocabulary(texts + names)
        self.vocabulary = vocabulary
        let vectors = texts.map { vocabulary.vector($0) }
        let named = names.map { vocabulary.vector($0) }
        let turns = Self.turns(vectors, categories.count)
        weights = Weights(
            vectors + named, labels: labels + categories.indices, categories: categories.count,
            terms: vocabulary.count, turns: turns)

        var seen = [Int](repeating: 0, count: categories.count)
        let folds = labels.map { label in
            seen[label] += 1
            return (seen[label] - 1) % Self.folds
        }
        var trials: [Calibration.Trial] = []
        if texts.count >= Calibration.leastTrials {
            for fold in 0..<Self.folds {
                let inside = labels.indices.filter { folds[$0] != fold }
                let model = Weights(
                    inside.map { vectors[$0] } + named, labels: inside.map { labels[$0] } + categories.indices,
                    categories: categories.count, terms: vocabulary.count, turns: turns)
                for index in labels.indices where folds[index] == fold {
                    let (best, probability) = model.best(vectors[index])
                    trials.append(.init(probability: probability, isRight: best == labels[index]))
                }
            }
        }
        calibration = Calibration(trials)
    }

    /// - Returns: the best category; nil where the text has nothing of the examples.
    func answer(to text: ScalarText) -> (category: Int, confidence: Double, isSure: Bool)? {
        let vector = vocabulary.vector(TermCounts(text))
        guard !vector.isEmpty else { return nil }
        let (best, probability) = weights.best(vector)
        return (best, calibration.confidence(probability), probability >= calibration.threshold)
    }

    private static let folds = 5

    /// Turns through the examples; fewer where they are many, so that learning stays below some seconds.
    private static func turns(_ vectors: [Vocabulary.Vector], _ categories: Int) -> Int {
        let work = max(1, vectors.reduce(0) { $0 + $1.indices.count } * categories)
        return min(max(60_000_000 / work, 4), 60)
    }

    /// For the bound of the cache.
    var bytes: Int { weights.bytes + vocabulary.count * 40 }
}

/// A weight for each term and category, and one for each category alone.
private struct Weights: Sendable {
    private let categories: Int
    /// A row of categories for each term.
    private var rows: [Double]
    private var bias: [Double]

    var bytes: Int { rows.count * MemoryLayout<Double>.stride }

    /// Inverse of the regularisation's strength an example.
    private static let freedom = 10.0
    private static let firstStep = 4.0

    init(_ vectors: [Vocabulary.Vector], labels: [Int], categories: Int, terms: Int, turns: Int) {
        self.categories = categories
        rows = [Double](repeating: 0, count: terms * categories)
        bias = [Double](repeating: 0, count: categories)
        let decay = 1 / (Self.freedom * Double(max(1, vectors.count)))
        var order = Array(vectors.indices)
        var lot: UInt64 = 0x5EED
        var time = 0.0
        // Rows are `scale` times what they hold: shrinking all of them costs one multiplication.
        var scale = 1.0
        var scores = bias
        for _ in 0..<turns {
            shuffle(&order, &lot)
            for index in order {
                let vector = vectors[index]
                let step = Self.firstStep / (1 + decay * Self.firstStep * time)
                time += 1
                score(vector, scale, into: &scores)
                probabilities(&scores)
                scores[labels[index]] -= 1
                scale *= 1 - step * decay
                for (term, value) in zip(vector.indices, vector.values) {
                    let row = Int(term) * categories
                    let change = step * value / scale
                    for category in 0..<categories { rows[row + category] -= change * scores[category] }
                }
                for category in 0..<categories { bias[category] -= 0.1 * step * scores[category] }
                if scale < 1e-6 {
                    for place in rows.indices { rows[place] *= scale }
                    scale = 1
                }
            }
        }
        for place in rows.indices { rows[place] *= scale }
    }

    func best(_ vector: Vocabulary.Vector) -> (category: Int, probability: Double) {
        var scores = [Double](repeating: 0, count: categories)
        score(vector, 1, into: &scores)
        probabilities(&scores)
        var best = 0
        for category in scores.indices where scores[category] > scores[best] { best = category }
        return (best, scores[best])
    }

    private func score(_ vector: Vocabulary.Vector, _ scale: Double, into scores: inout [Double]) {
        for category in 0..<categories { scores[category] = 0 }
        for (term, value) in zip(vector.indices, vector.values) {
            let row = Int(term) * categories
            for category in 0..<categories { scores[category] += value * rows[row + category] }
        }
        for category in 0..<categories { scores[category] = scores[category] * scale + bias[category] }
    }

    private func probabilities(_ scores: inout [Double]) {
        var largest = -Double.infinity
        for score in scores { largest = max(largest, score) }
        var sum = 0.0
        for category in scores.indices {
            scores[category] = exp(scores[category] - largest)
            sum += scores[category]
        }
        for category in scores.indices { scores[category] /= sum }
    }

    private func shuffle(_ order: inout [Int], _ lot: inout UInt64) {
        for index in stride(from: order.count - 1, to: 0, by: -1) {
            lot = lot &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            order.swapAt(index, Int((lot >> 33) % UInt64(index + 1)))
        }
    }
}

/// How often answers of a probability were right.
private struct Calibration: Sendable {
    struct Trial {
        var probability: Double
        var isRight: Bool
    }

    /// Fewer say nothing.
    static let leastTrials = 20
    /// Of the answers that are given.
    private static let wanted = 0.9

    private struct Block {
        var from: Double
        var right: Double
        var count: Double
        /// Between what was seen and one half, while little was seen.
        var share: Double { (right + 1) / (count + 2) }
    }

    private var blocks: [Block] = []
    /// The least probability that is answered with.
    private(set) var threshold = 0.5

    init(_ trials: [Trial]) {
        guard trials.count >= Self.leastTrials else { return }
        let trials = trials.sorted { $0.probability < $1.probability }
        for trial in trials {
            blocks.append(Block(from: trial.probability, right: trial.isRight ? 1 : 0, count: 1))
            while blocks.count > 1, let last = blocks.last,
                blocks[blocks.count - 2].right / blocks[blocks.count - 2].count >= last.right / last.count
            {
                blocks.removeLast()
                blocks[blocks.count - 1].right += last.right
                blocks[blocks.count - 1].count += last.count
            }
        }
        var right = 0.0
        var best: Double?
        for (given, trial) in trials.reversed().enumerated() {
            right += trial.isRight ? 1 : 0
            if right / Double(given + 1) >= Self.wanted { best = trial.probability }
        }
        // Where nine in ten are never reached, the better half of what is likely.
        threshold = best ?? blocks.first { $0.share >= 0.5 }?.from ?? 1.1
    }

    func confidence(_ probability: Double) -> Double {
        guard let block = blocks.last(where: { $0.from <= probability }) ?? blocks.first else { return probability }
        return block.share
    }
}
