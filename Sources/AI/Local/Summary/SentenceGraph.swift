import Foundation

/// Sentences joined by the cosine of their TF-IDF vectors, ranked by a random walk.
struct SentenceGraph {
    /// The walk's stationary probability times the number of sentences: 1 is ordinary.
    let rank: [Double]

    private let count: Int
    /// Cosines by row.
    private let cosines: [Double]

    /// - Parameters:
    ///   - sentences: at most `Summarizer.graphSize` lists of terms.
    ///   - priors: where the walk restarts, in proportion.
    init(_ sentences: [[UInt64]], weights: [UInt64: Double], priors: [Double]) {
        count = sentences.count
        cosines = Self.cosines(sentences, weights)
        rank = Self.walk(cosines, priors)
    }

    func similarity(_ first: Int, _ second: Int) -> Double { cosines[first * count + second] }

    private static func cosines(_ sentences: [[UInt64]], _ weights: [UInt64: Double]) -> [Double] {
        let count = sentences.count
        // By term in ascending order, so that sums do not depend on a dictionary's order.
        var entries: [(term: UInt64, sentence: Int, weight: Double)] = []
        for (index, terms) in sentences.enumerated() {
            var vector: [(term: UInt64, sentence: Int, weight: Double)] = []
            let sorted = terms.sorted()
            var start = 0
            while start < sorted.count {
                var end = start
                while end < sorted.count, sorted[end] == sorted[start] { end += 1 }
                vector.append((sorted[start], index, (1 + log(Double(end - start))) * (weights[sorted[start]] ?? 0)))
                start = end
            }
            var square = 0.0
            for entry in vector { square += entry.weight * entry.weight }
            let norm = square > 0 ? square.squareRoot() : 1
            for entry in vector { entries.append((entry.term, index, entry.weight / norm)) }
        }
        entries.sort { $0.term != $1.term ? $0.term < $1.term : $0.sentence < $1.sentence }
        var matrix = [Double](repeating: 0, count: count * count)
        var start = 0
        while start < entries.count {
            var end = start
            while end < entries.count, entries[end].term == entries[start].term { end += 1 }
            // What half of all sentences say ties none of them together, and would cost the most.
            let common = count > 20 && end - start > count / 2
            for first in start..<(common ? start : end) {
                let row = entries[first].sentence * count
                let weight = entries[first].weight
                for second in start..<end { matrix[row + entries[second].sentence] += weight * entries[second].weight }
            }
            start = end
        }
        return matrix
    }

    /// PageRank's power iteration with a fixed number of rounds.
    private static func walk(_ cosines: [Double], _ priors: [Double]) -> [Double] {
        let count = priors.count
        guard count > 0 else { return [] }
        var total = 0.0
        for prior in priors { total += prior }
        let restart = priors.map { $0 / max(total, .leastNormalMagnitude) }
        var edges: [[(to: Int, weight: Double)]] = []
        var leaks: [Double] = []
        for row in 0..<count {
            var out: [(to: Int, weight: Double)] = []
            var sum = 0.0
            for column in 0..<count where column != row {
                let weight = cosines[row * count + column]
                if weight > threshold {
                    out.append((column, weight))
                    sum += weight
                }
            }
            // The fewer ties a sentence has, the likelier the walk restarts: two that quote each other must not trap
            // it.
            edges.append(out.map { ($0.to, $0.weight / (sum + 1)) })
            leaks.append(1 / (sum + 1))
        }
        var rank = restart
        for _ in 0..<rounds {
            var next = [Double](repeating: 0, count: count)
            var leaked = 0.0
            for row in 0..<count {
                leaked += rank[row] * leaks[row]
                for edge in edges[row] { next[edge.to] += rank[row] * edge.weight }
            }
            for index in 0..<count {
                next[index] = damping * (next[index] + leaked * restart[index]) + (1 - damping) * restart[index]
            }
            rank = next
        }
        return rank.map { $0 * Double(count) }
    }

    private static let damping = 0.85
    private static let rounds = 20
    /// Weaker ties say nothing and cost time.
    private static let threshold = 0.05
}
