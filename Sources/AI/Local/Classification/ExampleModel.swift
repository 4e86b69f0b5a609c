import Foundation

/// Multinomial logistic regression over the terms of examples, with probabilities that keep what they say.
///
/// 1. Texts become vectors of their terms by number and rarity (TF-IDF), of length 1. The categories' names are examples
///    too.
/// 2. Weights are learnt by stochastic gradient descent with L2 regularisation, in a fixed order and for a fixed number of
///    turns: the same examples give the same model.
/// 3. Models that each leave a fifth of the examples out say how often an answer of which probability was right; from
///    that come the confidence and where answering begins (`Calibration`).
///
/// Time is bounded: 5,000 examples of 8 MiB with 100 categories take some seconds.
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

        let folds = Self.folds(texts, labels)
        var trials: [Calibration.Trial] = []
        for fold in 0..<Self.foldCount where trials.count < Self.enoughTrials {
            let inside = labels.indices.filter { folds[$0] != fold }
            guard texts.count >= Calibration.leastTrials, inside.count < labels.count else { continue }
            let model = Weights(
                inside.map { vectors[$0] } + named, labels: inside.map { labels[$0] } + categories.indices,
                categories: categories.count, terms: vocabulary.count, turns: turns)
            for index in labels.indices where folds[index] == fold {
                let (best, probability) = model.best(vectors[index])
                trials.append(.init(probability: probability, isRight: best == labels[index]))
            }
        }
        calibration = Calibration(trials)
    }

    /// - Returns: the best category; nil where the text has nothing of the examples.
    func answer(to text: ScalarText) -> (category: Int, confidence: Double, isSure: Bool)? {
        let vector = vocabulary.vector(TermCounts(text))
        guard !vector.isEmpty else { return nil }
        let (best, probability) = weights.best(vector)
        return (best, calibration.confidence(probability), calibration.isSure(probability))
    }

    private static let foldCount = 5
    /// More would say little more: of many examples one fifth will do.
    private static let enoughTrials = 500

    /// Each category's examples in turns. Texts of the same terms stay together: nobody is asked what was just told.
    private static func folds(_ texts: [TermCounts], _ labels: [Int]) -> [Int] {
        var given: [Int: Int] = [:]
        var known: [UInt64: Int] = [:]
        return zip(texts, labels).map { text, label in
            let key = sequenceHash(text.terms)
            if let fold = known[key] { return fold }
            let fold = given[label, default: 0] % foldCount
            given[label, default: 0] += 1
            known[key] = fold
            return fold
        }
    }

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
    private static let freedom = 3.0
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
