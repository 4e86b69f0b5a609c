/// A word of a text.
struct Word {
    var range: Range<Int>
    /// Of the stem; equal for "contract" and "Contracts". 64 bits: two of a document's words do not meet by chance.
    var term: UInt64
    /// Of the word itself, lower-cased.
    var literal: UInt64
}

/// Cuts texts into words and reduces these to terms. Reused over a document, so that it allocates once.
struct WordReader {
    private var letters: [UInt32] = []

    /// The words in a range: runs of letters and digits; in scripts without spaces, pairs of characters that overlap.
    mutating func words(_ text: ScalarText, in range: Range<Int>, _ body: (Word) -> Void) {
        var index = range.lowerBound
        while index < range.upperBound {
            let value = text.scalars[index]
            if isIdeographic(value) {
                let next = index + 1 < range.upperBound ? text.scalars[index + 1] : 0
                let hash = isIdeographic(next) ? termHash([value, next]) : termHash([value])
                body(Word(range: index..<index + 1, term: hash, literal: hash))
                index += 1
            } else if isAlphanumeric(value) {
                let start = index
                letters.removeAll(keepingCapacity: true)
                while index < range.upperBound {
                    let value = text.scalars[index]
                    guard isAlphanumeric(value), !isIdeographic(value) else { break }
                    if letters.count <= Self.longest { letters.append(lowercased(value)) }
                    index += 1
                }
                // The 's and 't of English belong to the word before them.
                if text[index] == 0x27 || text[index] == 0x2019, isASCIILetter(text[index + 1]),
                    !isAlphanumeric(text[index + 2])
                {
                    index += 2
                }
                let literal = termHash(letters)
                if letters.count <= Self.longest { stem(&letters) }
                body(Word(range: start..<min(index, range.upperBound), term: termHash(letters), literal: literal))
            } else {
                index += 1
            }
        }
    }

    /// Of one word or several: the term of each.
    static func terms(_ phrase: String) -> [UInt64] {
        let text = ScalarText(phrase)
        var reader = WordReader()
        var terms: [UInt64] = []
        reader.words(text, in: 0..<text.count) { terms.append($0.term) }
        return terms
    }

    /// Longer "words" are compared by their beginning and not stemmed.
    private static let longest = 40
}

/// FNV-1a over scalars: the same on every machine and in every run, unlike `Hasher`.
func termHash(_ scalars: some Sequence<UInt32>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for scalar in scalars { hash = (hash ^ UInt64(scalar)) &* 0x100_0000_01B3 }
    return hash
}

/// Of terms in a row.
func sequenceHash(_ terms: some Sequence<UInt64>, seed: UInt64 = 0) -> UInt64 {
    var hash = seed
    for term in terms { hash = (hash ^ term) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    return hash
}

/// Takes the commonest English endings off, so that forms of a word meet. Not a dictionary's stem, only the same for
/// each.
private func stem(_ word: inout [UInt32]) {
    guard word.count > 3, word.allSatisfy({ $0 >= 0x61 && $0 <= 0x7A }) else { return }
    if word.ends("ies"), word.count > 4 {
        word.removeLast(3)
        word.append(0x79)
    } else if word.ends("sses") || word.ends("ches") || word.ends("shes") || word.ends("xes") {
        word.removeLast(2)
    } else if word.ends("s"), !word.ends("ss"), !word.ends("us"), !word.ends("is") {
        word.removeLast()
    }
    for ending in ["ing", "ed", "ly"] as [StaticString]
    where word.ends(ending) && word.count - ending.utf8CodeUnitCount >= 3 {
        let rest = word.dropLast(ending.utf8CodeUnitCount)
        guard rest.contains(where: isVowel) else { break }
        word.removeLast(ending.utf8CodeUnitCount)
        if word.count > 3, word[word.count - 1] == word[word.count - 2], !word.ends("l"), !word.ends("s") {
            word.removeLast()
        }
        break
    }
    if word.count > 3, word.ends("e") { word.removeLast() }
    if word.count > 3, word.ends("y") { word[word.count - 1] = 0x69 }
}

private func isVowel(_ value: UInt32) -> Bool {
    value == 0x61 || value == 0x65 || value == 0x69 || value == 0x6F || value == 0x75 || value == 0x79
}

extension [UInt32] {
    fileprivate func ends(_ ending: StaticString) -> Bool {
        let length = ending.utf8CodeUnitCount
        guard count >= length else { return false }
        return ending.withUTF8Buffer { bytes in
            for offset in 0..<length where self[count - length + offset] != UInt32(bytes[offset]) { return false }
            return true
        }
    }
}
