import Foundation

/// Summaries made of the text's own sentences.
///
/// 1. The text is cut into units; in prose only sentences may be chosen, in lists, tables and forms every line.
/// 2. A unit's weight is the sum of its terms' TF-IDF, times a prior from its place (lead, start of paragraph, telling
///    section).
/// 3. The best `graphSize` enter a graph of cosine similarities; a random walk that restarts by prior ranks them
///    (LexRank, Erkan and Radev 2004; TextRank, Mihalcea and Tarau 2004).
/// 4. Units are taken by rank against redundancy (maximal marginal relevance, Carbonell and Goldstein 1998) while words
///    last.
/// 5. They are printed in document order. A text that is short enough is its own summary; one that cannot be cut gives
///    its beginning.
///
/// Time and memory are linear in the text, apart from the graph's constant. Sums run in a fixed order: equal texts,
/// equal summaries.
struct Summarizer {
    static let graphSize = 600

    private let text: ScalarText

    static func summarize(_ text: ScalarText, maxWords: Int) -> String {
        Summarizer(text: text).summary(maxWords: maxWords)
    }

    /// The text as it is, or as many of its first sentences as fit.
    static func shortened(_ text: String, maxWords: Int) -> String {
        let summarizer = Summarizer(text: ScalarText(text))
        guard summarizer.wordCount(0..<summarizer.text.count) > maxWords else { return text }
        return summarizer.lead(Segmenter.units(summarizer.text), maxWords)
    }

    private func summary(maxWords: Int) -> String {
        let units = Segmenter.units(text)
        let counts = units.map { wordCount($0.range) }
        if counts.reduce(0, +) <= maxWords {
            return render(units)
        }
        var candidates = measure(units, counts)
        guard !candidates.isEmpty else { return lead(units, maxWords) }
        let weights = termWeights(candidates)
        applyPriors(&candidates, units)
        let best = strongest(candidates, weights)
        let graph = SentenceGraph(best.map(\.terms), weights: weights, priors: best.map(\.prior))
        let chosen = select(best, graph, maxWords)
        return chosen.isEmpty ? lead(units, maxWords) : render(chosen.map(\.unit))
    }

    // MARK: - Weighing

    /// The units that may be chosen: sentences where the text is mostly prose, everything otherwise.
    private func measure(_ units: [TextUnit], _ counts: [Int]) -> [SummaryUnit] {
        var prose = 0
        var total = 0
        var sentences = 0
        for (unit, words) in zip(units, counts) {
            total += words
            if unit.kind == .sentence, words >= Self.shortest {
                prose += words
                sentences += 1
            }
        }
        let onlySentences = sentences >= 3 && prose * 3 >= total
        var reader = WordReader()
        var result: [SummaryUnit] = []
        var seen: Set<UInt64> = []
        for (unit, words) in zip(units, counts) {
            if onlySentences, unit.kind != .sentence || words < Self.shortest { continue }
            var terms: [UInt64] = []
            reader.words(text, in: unit.range) { word in
                if terms.count < SummaryUnit.maximumTerms, !StopWords.literals.contains(word.literal),
                    word.range.count > 1
                        || isIdeographic(text[word.range.lowerBound])
                {
                    terms.append(word.term)
                }
            }
            // The same words again, a running header for example, say nothing new.
            if terms.isEmpty || !seen.insert(sequenceHash(terms)).inserted { continue }
            result.append(SummaryUnit(unit: unit, order: result.count, terms: terms, words: words))
        }
        return result
    }

    /// TF-IDF of the document's terms, with sentences as the documents of "inverse document frequency".
    private func termWeights(_ units: [SummaryUnit]) -> [UInt64: Double] {
        var sentences: [UInt64: (count: Int, last: Int)] = [:]
        for unit in units {
            for term in unit.terms {
                let entry = sentences[term, default: (0, -1)]
                if entry.last != unit.order { sentences[term] = (entry.count + 1, unit.order) }
            }
        }
        let count = Double(units.count)
        return sentences.mapValues { log(1 + count / Double($0.count)) }
    }

    private func applyPriors(_ candidates: inout [SummaryUnit], _ units: [TextUnit]) {
        let decay = 3 + Double(candidates.count) / 50
        var headingPrior: [Int: Double] = [:]
        var openers: Set<Int> = []
        for index in candidates.indices {
            let unit = candidates[index].unit
            var prior = 1 + exp(-Double(candidates[index].order) / decay)
            if openers.insert(unit.paragraph).inserted { prior *= 1.15 }
            if let heading = unit.heading {
                let known = headingPrior[heading] ?? SectionCues.prior(text, units[heading].range)
                headingPrior[heading] = known
                prior *= known
            }
            prior *= SectionCues.sentencePrior(text, unit.range)
            switch candidates[index].words {
            case ..<6 where unit.kind == .sentence: prior *= 0.7
            case 46...80: prior *= 0.8
            case 81...: prior *= 0.5
            default: break
            }
            if unit.kind == .fragment { prior *= SectionCues.fragmentPrior(text, unit.range) }
            candidates[index].prior = prior
        }
    }

    /// The `graphSize` heaviest, in document order. The weight grows slower than the length, so that long sentences do
    /// not win by it.
    private func strongest(_ candidates: [SummaryUnit], _ weights: [UInt64: Double]) -> [SummaryUnit] {
        guard candidates.count > Self.graphSize else { return candidates }
        var frequency: [UInt64: Int] = [:]
        for candidate in candidates { for term in candidate.terms { frequency[term, default: 0] += 1 } }
        let scores = candidates.map { candidate in
            var sum = 0.0
            for term in candidate.terms { sum += log(1 + Double(frequency[term] ?? 0)) * (weights[term] ?? 0) }
            return candidate.prior * sum / (5 + Double(candidate.terms.count))
        }
        let order = candidates.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
        return order.prefix(Self.graphSize).sorted().map { candidates[$0] }
    }

    // MARK: - Choosing

    private func select(_ units: [SummaryUnit], _ graph: SentenceGraph, _ maxWords: Int) -> [SummaryUnit] {
        var left = maxWords
        var chosen: [Int] = []
        var redundancy = [Double](repeating: 0, count: units.count)
        var open = Array(units.indices)
        while left > 0, !open.isEmpty {
            open.removeAll { units[$0].words > left || redundancy[$0] > 0.7 }
            var best: (index: Int, score: Double)?
            for index in open {
                let score = graph.rank[index] * units[index].prior * (1 - 0.7 * redundancy[index])
                if best.map({ score > $0.score }) ?? true { best = (index, score) }
            }
            guard let index = best?.index else { break }
            chosen.append(index)
            left -= units[index].words
            open.removeAll { $0 == index }
            for other in open { redundancy[other] = max(redundancy[other], graph.similarity(index, other)) }
        }
        return chosen.sorted().map { units[$0] }
    }

    /// The beginning, when nothing fits whole.
    private func lead(_ units: [TextUnit], _ maxWords: Int) -> String {
        var left = maxWords
        var parts: [TextUnit] = []
        for unit in units where left > 0 {
            let words = wordCount(unit.range)
            if words <= left {
                parts.append(unit)
                left -= words
            } else {
                var cut = unit
                cut.range = text.trimmed(unit.range.lowerBound..<place(ofWord: left, in: unit.range))
                let start = parts.isEmpty ? "" : render(parts) + " "
                return start + render([cut]) + "…"
            }
        }
        return render(parts)
    }

    // MARK: - Words and printing

    /// White space divides words; each character of a script without spaces is one, and so are each 30 scalars of a
    /// run.
    private func wordCount(_ range: Range<Int>) -> Int {
        var count = 0
        eachWord(range) { _ in
            count += 1
            return true
        }
        return count
    }

    private func place(ofWord number: Int, in range: Range<Int>) -> Int {
        var left = number
        var place = range.upperBound
        eachWord(range) { start in
            if left == 0 {
                place = start
                return false
            }
            left -= 1
            return true
        }
        return place
    }

    private func eachWord(_ range: Range<Int>, _ body: (Int) -> Bool) {
        var run = 0
        for index in range {
            let value = text.scalars[index]
            if isSpace(value) {
                run = 0
            } else if isIdeographic(value) {
                run = 0
                if !body(index) { return }
            } else {
                if run % Self.longestWord == 0, !body(index) { return }
                run += 1
            }
        }
    }

    /// Sentences follow one another; lines stay lines.
    private func render(_ units: [TextUnit]) -> String {
        var result = String.UnicodeScalarView()
        var before: TextUnit?
        for unit in units {
            if let before {
                let sentences = before.kind == .sentence && unit.kind == .sentence
                let unspaced = isIdeographic(text[unit.range.lowerBound]) && text[before.range.upperBound - 1] >= 0x3000
                if !(sentences && unspaced) { result.append(sentences ? " " : "\n") }
            }
            append(unit.range, to: &result)
            before = unit
        }
        return String(result)
    }

    /// With white space as single spaces, without marks of bold, and words that a line end divided whole again.
    private func append(_ range: Range<Int>, to result: inout String.UnicodeScalarView) {
        var index = range.lowerBound
        while index < range.upperBound {
            let value = text.scalars[index]
            if isSpace(value) {
                var next = index
                while next < range.upperBound, isSpace(text.scalars[next]) { next += 1 }
                result.append(" ")
                index = next
            } else if value == 0x2A, text[index + 1] == 0x2A {
                // Markdown's bold.
                index += 2
            } else if value == 0x2D, text[index + 1] == 0x0A, isLowercase(text[index - 1]), isLowercase(text[index + 2])
            {
                index += 2
            } else {
                if let scalar = Unicode.Scalar(value) { result.append(scalar) }
                index += 1
            }
        }
    }

    private static let shortest = 4
    private static let longestWord = 30
}
