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

    private static func words(_ text: ScalarText, _ range: Range<Int>, limit: Int) -> [UInt64] {
        var reader = WordReader()
        var found: [UInt64] = []
        reader.words(text, in: range.lowerBound..<min(range.upperBound, range.lowerBound + limit * 12)) { word in
            if found.count < limit { found.append(word.term) }
        }
        return found
    }

    private static func terms(_ list: String) -> Set<UInt64> { Set(WordReader.terms(list)) }

    private static let telling = terms("abstract summary conclusion overview findings results recommendations highlights purpose decision")
    private static let marginal = terms("references bibliography contents appendix index acknowledgements disclaimer footnotes annex")
    /// Sentences that lean on the one before.
    private static let dependent = terms("this these he she they it however but also furthermore moreover therefore such instead")
    private static let concluding = terms("overall conclusion summary recommend agree therefore results total propose decided")
}
