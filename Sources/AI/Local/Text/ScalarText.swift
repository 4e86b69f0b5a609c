/// A text as an array of Unicode scalars, so that places are cheap and mean what the API says they mean.
struct ScalarText {
    let scalars: [UInt32]

    init(_ text: String) {
        scalars = text.unicodeScalars.map(\.value)
    }

    var count: Int { scalars.count }

    /// The scalar at a place; 0 before the start and after the end, so that scanners need no bounds of their own.
    subscript(_ index: Int) -> UInt32 {
        index >= 0 && index < scalars.count ? scalars[index] : 0
    }

    func string(_ range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        for value in scalars[range.clamped(to: 0..<scalars.count)] {
            if let scalar = Unicode.Scalar(value) { view.append(scalar) }
        }
        return String(view)
    }

    /// The range without white space at its ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, isSpace(self[start]) { start += 1 }
        while end > start, isSpace(self[end - 1]) { end -= 1 }
        return start..<end
    }

    /// Whether the word at `start`, in any case of ASCII letters, is `word` (given in lower case).
    func matches(_ word: StaticString, at start: Int) -> Bool {
        word.withUTF8Buffer { bytes in
            for (offset, byte) in bytes.enumerated() where lowercased(self[start + offset]) != UInt32(byte) {
                return false
            }
            return true
        }
    }
}

// Classes of scalars. Plain functions over numbers: they run once or more for every scalar of a document.

func isSpace(_ value: UInt32) -> Bool {
    value == 0x20 || (value >= 0x09 && value <= 0x0D) || value == 0xA0 || value == 0x1680
        || (value >= 0x2000 && value <= 0x200B)
        || value == 0x2028 || value == 0x2029 || value == 0x202F || value == 0x205F || value == 0x3000
        || value == 0xFEFF
        || value == 0x85
}

func isDigit(_ value: UInt32) -> Bool { value >= 0x30 && value <= 0x39 }

func isASCIILetter(_ value: UInt32) -> Bool { (value | 0x20) >= 0x61 && (value | 0x20) <= 0x7A }

func isLetter(_ value: UInt32) -> Bool {
    if value < 0x80 { return isASCIILetter(value) }
    guard let properties = Unicode.Scalar(value)?.properties else { return false }
    if properties.isAlphabetic { return true }
    // Combining marks continue a word; Latin text in decomposed form and Indic scripts need them.
    return switch properties.generalCategory {
    case .nonspacingMark, .spacingMark: true
    default: false
    }
}

func isAlphanumeric(_ value: UInt32) -> Bool { isDigit(value) || isLetter(value) }

func isUppercase(_ value: UInt32) -> Bool {
    if value < 0x80 { return value >= 0x41 && value <= 0x5A }
    return Unicode.Scalar(value)?.properties.isUppercase ?? false
}

func isLowercase(_ value: UInt32) -> Bool {
    if value < 0x80 { return value >= 0x61 && value <= 0x7A }
    return Unicode.Scalar(value)?.properties.isLowercase ?? false
}

/// The lower-case letter of the scripts that have case and are common; other scalars as they are.
func lowercased(_ value: UInt32) -> UInt32 {
    switch value {
    case 0x41...0x5A: value + 0x20
    case 0..<0xC0: value
    case 0xC0...0xDE where value != 0xD7: value + 0x20
    case 0x100...0x137, 0x14A...0x177: value | 1
    case 0x139...0x148, 0x179...0x17E: value & 1 == 1 ? value + 1 : value
    case 0x391...0x3A9: value + 0x20
    case 0x410...0x42F: value + 0x20
    case 0x400...0x40F: value + 0x50
    default: value
    }
}

/// Han, Hiragana, Katakana: scripts written without spaces, where a character counts as a word.
func isIdeographic(_ value: UInt32) -> Bool {
    value >= 0x3040
        && (value <= 0x30FF || (value >= 0x3400 && value <= 0x4DBF) || (value >= 0x4E00 && value <= 0x9FFF)
            || (value >= 0xF900 && value <= 0xFAFF) || (value >= 0x20000 && value <= 0x323AF))
}
