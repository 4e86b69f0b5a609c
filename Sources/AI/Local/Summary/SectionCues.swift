/// Words that tell how much a section or a sentence says about the whole.
enum SectionCues {
    /// For the sentences under a heading.
    static func prior(_ text: ScalarText, _ heading: Range<Int>) -> Double {
        let terms = words(text, heading, limit: 12)
        if terms.contains(where: telling.contains) { return 1.4 }
        if terms.contains(where: marginal.contains) { return 0.3 }
        return 1
    }

    /// For a sentence, by its first words, its end and its numbers.
    static func sentencePrior(_ text: ScalarText, _ range: Range<Int>) -> Double {
        var prior = 1.0
        let first = words(text, range, limit: 3)
        if let word = first.first, dependent.contains(word) { prior *= 0.75 }
        if first.contains(where: concluding.contains) { prior *= 1.2 }
        if text[range.upperBound - 1] == 0x3F || text[range.upperBound - 1] == 0xFF1F { prior *= 0.6 }
        if range.prefix(300).contains(where: { isDigit(text[$0]) }) { prior *= 1.08 }
        return prior
    }

    /// For a line of a form: "Total due: 5" tells more than a row of a table.
    static func fragmentPrior(_ text: ScalarText, _ range: Range<Int>) -> Double {
        let line = range.prefix(200)
        if line.contains(where: { text[$0] == 0x7C || text[$0] == 0x09 }) { return 0.4 }
        let isLabelled = line.contains { text[$0] == 0x3A && isSpace(text[$0 + 1]) }
        return isLabelled ? (words(text, range, limit: 3).contains(where: decisive.contains) ? 2 : 1.4) : 1
    }

    private static func words(_ text: ScalarText, _ range: Range<Int>, limit: Int) -> [UInt64] {
        var reader = WordReader()
        var found: [UInt64] = []
        reader.words(text, in: range.lowerBound..<min(range.upperBound, range.lowerBound + limit * 12)) { word in
            if found.count < limit { found.append(word.term) }
        }
        return found
    }

    private static func terms(_ list: String) -> Set<UInt64> { Set(WordReader.terms(list)) }

    private static let telling = terms(
        "abstract summary conclusion overview findings results recommendations highlights purpose decision")
    private static let marginal = terms(
        "references bibliography contents appendix index acknowledgements disclaimer footnotes annex")
    private static let decisive = terms(
        "total number date due invoice order customer subject name amount deadline status")
    /// Sentences that lean on the one before.
    private static let dependent = terms(
        "this these he she they it however but also furthermore moreover therefore such instead")
    private static let concluding = terms(
        "overall conclusion summary recommend agree therefore results total propose decided")
}
