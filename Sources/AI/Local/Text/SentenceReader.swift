/// Cuts a paragraph into sentences.
///
/// A full stop ends a sentence unless it belongs to an abbreviation, an initial, a number or an address, or small
/// letters follow.
struct SentenceReader {
    private let text: ScalarText

    init(_ text: ScalarText) { self.text = text }

    func sentences(in range: Range<Int>) -> [Range<Int>] {
        var sentences: [Range<Int>] = []
        var start = range.lowerBound
        var index = start
        while index < range.upperBound {
            guard Self.isTerminator(text.scalars[index]) else {
                index += 1
                continue
            }
            var end = index + 1
            while end < range.upperBound, Self.isTerminator(text.scalars[end]) || Self.isCloser(text.scalars[end]) {
                end += 1
            }
            if ends(at: index, next: end, in: range) {
                sentences.append(start..<end)
                while end < range.upperBound, isSpace(text.scalars[end]) { end += 1 }
                start = end
            }
            index = end
        }
        if start < range.upperBound { sentences.append(start..<range.upperBound) }
        return sentences
    }

    static func isTerminator(_ value: UInt32) -> Bool {
        switch value {
        case 0x2E, 0x21, 0x3F, 0x2026: true  // . ! ? …
        case 0x3002, 0xFF01, 0xFF1F, 0xFF61, 0xFF0E: true  // 。！？｡．
        case 0x061F, 0x06D4, 0x0964, 0x0965: true  // ؟ ۔ । ॥
        default: false
        }
    }

    static func isCloser(_ value: UInt32) -> Bool {
        switch value {
        case 0x22, 0x27, 0x29, 0x5D, 0x7D, 0x201D, 0x2019, 0xBB, 0x300D, 0x300F, 0xFF09, 0x3011: true
        default: false
        }
    }

    private func ends(at mark: Int, next: Int, in range: Range<Int>) -> Bool {
        if next >= range.upperBound { return true }
        let value = text.scalars[mark]
        if value >= 0x3000 || value == 0x061F || value == 0x06D4 || value == 0x0964 || value == 0x0965 { return true }
        guard isSpace(text[next]) else { return false }
        var following = next
        while following < range.upperBound, isSpace(text[following]) || Self.isOpener(text[following]) {
            following += 1
        }
        let follower = text[following]
        if isLowercase(follower) { return false }
        guard value == 0x2E else { return true }
        return !isAbbreviation(endingAt: mark, follower: following, in: range)
    }

    private static func isOpener(_ value: UInt32) -> Bool {
        switch value {
        case 0x22, 0x27, 0x28, 0x5B, 0x201C, 0x2018, 0x201E, 0xAB, 0x2A, 0x5F: true
        default: false
        }
    }

    private func isAbbreviation(endingAt mark: Int, follower: Int, in range: Range<Int>) -> Bool {
        var start = mark
        while start > range.lowerBound, mark - start < 12, isLetter(text[start - 1]) || text[start - 1] == 0x2E {
            start -= 1
        }
        if start == mark {
            // "3." before a number or a word in the middle of a date ("3. März") or a clause ("No. 3. 4").
            return isDigit(text[mark - 1]) && mark - range.lowerBound <= 3
        }
        // "J. Smith", and the last letter of "U.S. Treasury".
        if mark - start == 1 { return isUppercase(text[start]) && text[start] != 0x49 }
        let word = text.string(start..<mark).lowercased()
        if Self.titles.contains(word) { return true }
        if Self.numbered.contains(word) || word.hasSuffix("str") { return isDigit(text[follower]) }
        if Self.soft.contains(word) || word.contains(".") { return !Self.startsSentence(text, follower) }
        return false
    }

    /// Whether an ordinary sentence opener stands here, so that "Acme Inc. The" is two sentences and "Acme Inc. Berlin"
    /// is one.
    private static func startsSentence(_ text: ScalarText, _ start: Int) -> Bool {
        var end = start
        while end - start < 12, isLetter(text[end]) { end += 1 }
        return openers.contains(text.string(start..<end).lowercased())
    }

    /// Always followed by what they announce.
    private static let titles: Set<String> = [
        "mr", "mrs", "ms", "dr", "prof", "rev", "hon", "st", "mt", "sr", "messrs", "capt", "col", "gen", "lt", "sgt",
        "e.g", "i.e",
        "cf", "vs", "viz", "z.b", "d.h", "bzw", "dept", "attn", "hrn", "fr", "mme", "mlle", "sra",
    ]
    /// Abbreviations before a number, words otherwise.
    private static let numbered: Set<String> = [
        "no", "nos", "nr", "fig", "figs", "sec", "art", "arts", "cl", "para", "pp", "p", "vol", "ch", "eq", "ref",
        "abs", "ext",
        "ca", "approx", "tel", "ed", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov",
        "dec",
    ]
    /// May end a sentence.
    private static let soft: Set<String> = [
        "inc", "ltd", "co", "corp", "llc", "plc", "etc", "al", "bros", "est", "usw", "int", "mio", "mrd",
    ]
    private static let openers: Set<String> = [
        "the", "this", "that", "these", "those", "it", "in", "we", "he", "she", "they", "you", "i", "however", "a",
        "an", "our",
        "their", "its", "his", "her", "for", "on", "at", "if", "when", "while", "as", "all", "each", "both", "after",
        "before",
        "since", "although", "but", "and", "there", "no", "any", "either", "neither", "with", "to", "by", "from",
        "under", "such",
    ]
}
