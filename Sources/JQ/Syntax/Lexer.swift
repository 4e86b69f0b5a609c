import JSON

enum Token: Equatable {
    case end
    /// A name or a keyword, with `::` kept.
    case name(String)
    /// `.name`
    case field(String)
    /// `$name`
    case variable(String)
    /// `@name`
    case format(String)
    case number(JSONValue)
    /// The opening quote; the parser reads what follows, as it may hold expressions.
    case quote
    case symbol(String)

    static func == (left: Token, right: Token) -> Bool {
        switch (left, right) {
        case (.end, .end), (.quote, .quote): true
        case (.name(let left), .name(let right)), (.symbol(let left), .symbol(let right)): left == right
        default: false
        }
    }
}

/// Cuts program text into tokens, one at a time.
struct Lexer {
    let text: [UInt8]
    private(set) var position = 0

    init(_ text: [UInt8]) { self.text = text }

    /// Longest first.
    private static let symbols: [[UInt8]] = [
        "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", "..", "=", "<", ">", "+", "-",
        "*", "/", "%", "|", ",", ":", ";", "(", ")", "[", "]", "{", "}", "?", ".",
    ].map { Array($0.utf8) }

    private func byte(at index: Int) -> UInt8 { index < text.count ? text[index] : 0 }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private mutating func skipBlanks() {
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): position += 1
            case UInt8(ascii: "#"): skipComment()
            default: return
            }
        }
    }

    /// A comment ends with its line, unless an odd number of backslashes stands before the line's end.
    private mutating func skipComment() {
        var backslashes = 0
        while position < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: "\n"), backslashes % 2 == 0 { return }
            let isBreakPair = byte == UInt8(ascii: "\r") && self.byte(at: position + 1) == UInt8(ascii: "\n")
            if !isBreakPair { backslashes = byte == UInt8(ascii: "\\") ? backslashes + 1 : 0 }
            position += 1
        }
    }

    private mutating func takeName() -> String {
        let start = position
        while position < text.count {
            if Self.isNameStart(text[position]) || Self.isDigit(text[position]) {
                position += 1
            } else if text[position] == UInt8(ascii: ":"), byte(at: position + 1) == UInt8(ascii: ":"),
                Self.isNameStart(byte(at: position + 2))
            {
                position += 2
            } else {
                break
            }
        }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    /// The next token and where it starts.
    mutating func next() throws(JQError) -> (token: Token, offset: Int) {
        skipBlanks()
        let start = position
        guard position < text.count else { return (.end, start) }
        let first = text[position]
        let second = byte(at: position + 1)
        switch first {
        case _ where Self.isNameStart(first): return (.name(takeName()), start)
        case UInt8(ascii: "\""):
            position += 1
            return (.quote, start)
        case UInt8(ascii: ".") where Self.isNameStart(second):
            position += 1
            return (.field(takeField()), start)
        case UInt8(ascii: "$") where Self.isNameStart(second):
            position += 1
            return (.variable(takeName()), start)
        case UInt8(ascii: "@") where Self.isNameStart(second):
            position += 1
            return (.format(takeName()), start)
        case _ where Self.isDigit(first) || (first == UInt8(ascii: ".") && Self.isDigit(second)):
            return (.number(try takeNumber()), start)
        default: break
        }
        for symbol in Self.symbols where text[position...].starts(with: symbol) {
            position += symbol.count
            return (.symbol(String(decoding: symbol, as: UTF8.self)), start)
        }
        let character = String(decoding: text[start...].prefix(4), as: UTF8.self).prefix(1)
        throw JQError(compile: "syntax error: unexpected character '\(character)'", offset: start, in: text)
    }

    private mutating func takeField() -> String {
        let start = position
        while position < text.count, Self.isNameStart(text[position]) || Self.isDigit(text[position]) { position += 1 }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    private mutating func takeNumber() throws(JQError) -> JSONValue {
        let start = position
        var isInteger = true
        while Self.isDigit(byte(at: position)) { position += 1 }
        if byte(at: position) == UInt8(ascii: "."), byte(at: position + 1) != UInt8(ascii: ".") {
            isInteger = false
            position += 1
            while Self.isDigit(byte(at: position)) { position += 1 }
        }
        if byte(at: position) | 0x20 == UInt8(ascii: "e") {
            let sign = byte(at: position + 1)
            let skip = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") ? 2 : 1
            if Self.isDigit(byte(at: position + skip)) {
                isInteger = false
                position += skip
                while Self.isDigit(byte(at: position)) { position += 1 }
            }
        }
        let digits = String(decoding: text[start..<position], as: UTF8.self)
        if isInteger, let value = Int64(digits) { return .integer(value) }
        guard let value = Double(digits.hasSuffix(".") ? digits + "0" : digits) else {
            throw JQError(compile: "syntax error: invalid number", offset: start, in: text)
        }
        return .number(value)
    }

    /// One piece of a string literal, after its opening quote or an interpolation.
    enum StringPiece {
        case end
        case interpolation
    }

    /// Reads up to the closing quote or to `\(`, appending what stands before to `bytes`.
    mutating func takeString(into bytes: inout [UInt8]) throws(JQError) -> StringPiece {
        while position < text.count {
            let byte = text[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return .end }
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            let escape = self.byte(at: position)
            position += 1
            switch escape {
            case UInt8(ascii: "("): return .interpolation
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(escape)
            case UInt8(ascii: "b"): bytes.append(8)
            case UInt8(ascii: "f"): bytes.append(12)
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "u"): bytes.append(contentsOf: String(try takeUnicodeEscape()).utf8)
            default:
                throw JQError(compile: "syntax error: invalid escape in a string", offset: position - 2, in: text)
            }
        }
        throw JQError(compile: "syntax error: a string is not closed", offset: text.count, in: text)
    }

    /// A lone surrogate becomes U+FFFD.
    private mutating func takeUnicodeEscape() throws(JQError) -> Character {
        var code = UInt32(try takeHexadecimal())
        if code & 0xFC00 == 0xD800, byte(at: position) == UInt8(ascii: "\\"),
            byte(at: position + 1) == UInt8(ascii: "u")
        {
            let rewind = position
            position += 2
            let low = UInt32(try takeHexadecimal())
            if low & 0xFC00 == 0xDC00 {
                code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF)
            } else {
                position = rewind
            }
        }
        return Character(Unicode.Scalar(code) ?? "\u{FFFD}")
    }

    private mutating func takeHexadecimal() throws(JQError) -> UInt16 {
        guard position + 4 <= text.count,
            text[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let code = UInt16(String(decoding: text[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw JQError(compile: "syntax error: \\u needs four hexadecimal digits", offset: position, in: text) }
        position += 4
        return code
    }
}
