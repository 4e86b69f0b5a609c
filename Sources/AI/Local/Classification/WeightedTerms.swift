import Foundation

/// The terms of a text with their numbers, in the order of their first use.
struct TermCounts {
    private(set) var terms: [UInt64] = []
    private(set) var counts: [Double] = []

    /// Words of the beginning count three times: titles and first sentences say what a text is about.
    static let beginning = 12
    /// Distinct terms of one text; long ones have shown their subject by then.
    static let limit = 600

    init(_ text: ScalarText) {
        var places: [UInt64: Int] = [:]
        var position = 0
        var reader = WordReader()
        reader.words(text, in: 0..<min(text.count, 40_000)) { word in
            let weight = position < Self.beginning ? 3.0 : 1
            position += 1
            guard !StopWords.literals.contains(word.literal) else { return }
            if let place = places[word.term] {
                counts[place] += weight
            } else if terms.count < Self.limit {
                places[word.term] = terms.count
                terms.append(word.term)
                counts.append(weight)
            }
        }
    }
}

/// The terms of a set of texts with their rarity: how texts become vectors.
struct Vocabulary {
    struct Vector {
        var indices: [Int32]
        var values: [Double]
        var isEmpty: Bool { indices.isEmpty }
    }

    /// Terms of most texts are kept; more would cost and say little.
    static let limit = 20_000
    /// How much a word that no example has weighs against the others: a text of strange words is like none.
    private static let strangeness = 0.3

    private var indices: [UInt64: Int32] = [:]
    private var rarity: [Double] = []
    private let strange: Double

    var count: Int { rarity.count }

    init(_ texts: [TermCounts]) {
        var frequency: [UInt64: Int] = [:]
        for text in texts { for term in text.terms { frequency[term, default: 0] += 1 } }
        // By number, then by term: a dictionary's order must not matter.
        var kept = frequency.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if kept.count > Self.limit { kept.removeLast(kept.count - Self.limit) }
        let total = Double(1 + texts.count)
        strange = Foundation.log(total) + 1
        for (index, (term, count)) in kept.enumerated() {
            indices[term] = Int32(index)
            rarity.append(Foundation.log(total / Double(1 + count)) + 1)
        }
    }

    /// Of length 1, but for what the vocabulary does not know.
    func vector(_ text: TermCounts) -> Vector {
        var vector = Vector(indices: [], values: [])
        var (known, unknown) = (0.0, 0.0)
        for (term, count) in zip(text.terms, text.counts) {
            let weight = 1 + Foundation.log(count)
            if let index = indices[term] {
                let value = weight * rarity[Int(index)]
                vector.indices.append(index)
                vector.values.append(value)
                known += value * value
            } else {
                unknown += weight * weight * strange * strange
            }
        }
        let length = (known + Self.strangeness * unknown).squareRoot()
        for index in vector.values.indices { vector.values[index] /= length }
        return vector
    }
}
