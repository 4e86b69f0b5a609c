import Foundation

/// Puts a text in one of the caller's categories, by a lexicon of kinds of documents and by the categories' own words.
///
/// 1. Words, pairs and triples of the text that the lexicon knows add their weight, growing with the logarithm of their
///    number; the beginning counts more.
/// 2. A category is matched with a known kind by name or synonym; its own words found in the text speak for it too.
/// 3. Confidence grows with the evidence and with the margin over the runner-up; kinds that were not asked for are
///    runners-up as well.
/// 4. Without enough confidence the answer is the category "other" where there is one and nothing speaks for the rest,
///    else unsure.
struct CategoryClassifier {
    struct Answer: Equatable {
        /// An index into the categories; nil is unsure.
        var category: Int?
        var confidence: Double
    }

    static func classify(_ text: ScalarText, categories: [String]) -> Answer {
        let lexicon = CategoryLexicon.shared
        let names = categories.map { WordReader.terms($0) }
        let evidence = Evidence(text, lexicon: lexicon, own: names)
        let kinds = zip(categories, names).map { kind(of: $0, terms: $1, lexicon) }

        var scores: [Double] = []
        var other: Int?
        for (index, name) in names.enumerated() {
            if kinds[index] == nil, isOther(categories[index]) {
                other = other ?? index
                scores.append(0)
                continue
            }
            scores.append((kinds[index].map { evidence.kinds[$0] } ?? 0) + evidence.score(ofWords: name))
        }
        var first: Int?
        for index in scores.indices where index != other && scores[index] > (first.map { scores[$0] } ?? 0) {
            first = index
        }
        var rival = 0.0
        for index in scores.indices where index != first && index != other { rival = max(rival, scores[index]) }
        // A subject ("Logistics") and a kind of document ("report") do not compete.
        if first.map({ kinds[$0] != nil }) ?? true {
            for kind in 0..<lexicon.count where !kinds.contains(kind) { rival = max(rival, 0.8 * evidence.kinds[kind]) }
        }

        let best = first.map { scores[$0] } ?? 0
        if let other, best < 4 { return Answer(category: other, confidence: rounded(0.9 - 0.1 * best)) }
        if let other, rival > 1.5 * best {
            return Answer(category: other, confidence: rounded(0.9 - 0.4 * best / rival))
        }
        guard let first else { return Answer(category: nil, confidence: 0) }
        let confidence = rounded(best / (best + 4) * (0.5 + 0.5 * max(0, best - rival) / best))
        return Answer(category: confidence >= threshold && rival < 1.25 * best ? first : nil, confidence: confidence)
    }

    /// Below this, unsure.
    static let threshold = 0.4

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

    /// The kind with the category's whole name, else with its last or another of its words.
    private static func kind(of category: String, terms: [UInt64], _ lexicon: CategoryLexicon) -> Int? {
        if let kind = lexicon.names[CategoryLexicon.key(terms)] { return kind }
        for term in terms.reversed() { if let kind = lexicon.names[CategoryLexicon.key([term])] { return kind } }
        return nil
    }

    static func isOther(_ category: String) -> Bool {
        let words = category.lowercased().split(whereSeparator: { !$0.isLetter })
        guard let first = words.first else { return false }
        return others.contains(String(first))
            && (words.count == 1 || first == "none" || first == "something" || first == "other")
    }

    private static let others: Set<String> = [
        "other", "others", "misc", "miscellaneous", "none", "unknown", "general", "uncategorized", "unclassified",
        "else", "something",
        "sonstiges", "andere", "anderes", "autre", "autres", "otro", "otros",
    ]
}

/// What a text says for each kind of the lexicon, and how often it uses the categories' own words.
private struct Evidence {
    private(set) var kinds: [Double]
    private var counts: [UInt64: Double] = [:]

    /// Longer texts have shown their kind by here.
    private static let longest = 200_000
    private static let beginning = 12

    init(_ text: ScalarText, lexicon: CategoryLexicon, own: [[UInt64]]) {
        kinds = [Double](repeating: 0, count: lexicon.count)
        var features: [UInt64: Double] = [:]
        var own = Dictionary(own.joined().map { ($0, 0.0) }, uniquingKeysWith: { first, _ in first })
        var window: [UInt64] = []
        var position = 0
        var reader = WordReader()
        func count(_ key: UInt64, _ weight: Double) {
            if lexicon.entries[key] != nil { features[key, default: 0] += weight }
        }
        reader.words(text, in: 0..<min(text.count, Self.longest)) { word in
            let weight = position < Self.beginning ? 3.0 : 1
            position += 1
            window.append(word.term)
            if window.count > 3 { window.removeFirst() }
            for length in 1...window.count { count(CategoryLexicon.key(window.suffix(length)), weight) }
            if text[word.range.upperBound] == 0x3A {
                count(CategoryLexicon.key(Self.label(window, text, word), label: true), weight)
            }
            if let seen = own[word.term] { own[word.term] = seen + weight }
        }
        // In the order of keys: sums must not depend on a dictionary's order.
        for key in features.keys.sorted() {
            for entry in lexicon.entries[key] ?? [] {
                kinds[entry.category] += entry.weight * log2(1 + min(features[key] ?? 0, 15))
            }
        }
        counts = own
    }

    /// The words of the label that ends here: back to the start of the line, two at most.
    private static func label(_ window: [UInt64], _ text: ScalarText, _ word: Word) -> ArraySlice<UInt64> {
        var start = word.range.lowerBound
        while start > 0, text[start - 1] == 0x20 || text[start - 1] == 0x2A || text[start - 1] == 0x23 { start -= 1 }
        return window.suffix(start == 0 || text[start - 1] == 0x0A ? 1 : 2)
    }

    /// For the words of a category's name, stop words aside.
    func score(ofWords terms: [UInt64]) -> Double {
        var score = 0.0
        for term in terms { score += 1.5 * log2(1 + min(counts[term] ?? 0, 15)) }
        return score
    }
}
