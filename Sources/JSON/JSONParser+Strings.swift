extension JSONParser {
    /// Parses a string from its opening quote. Most hold no escape and are taken in one piece.
    mutating func parseString() throws(JSONParseError) -> String {
        let start = position + 1
        position = start
        let isASCII = skipPlainBytes()
        if current == UInt8(ascii: "\"") {
            defer { position += 1 }
            let buffer = UnsafeBufferPointer(rebasing: bytes[start..<position])
            // Decoding checks ASCII much faster than validating does.
            return isASCII ? String(decoding: buffer, as: UTF8.self) : try text(buffer, from: start)
        }
        var unescaped = Array(bytes[start..<position])
        while true {
            switch current {
            case UInt8(ascii: "\""):
                position += 1
                return try unescaped.withUnsafeBufferPointer { buffer in
                    Result { () throws(JSONParseError) in try text(buffer, from: start) }
                }.get()
            case UInt8(ascii: "\\"):
                position += 1
                try parseEscape(into: &unescaped)
            default:
                guard position < bytes.count else {
                    throw error("the string that starts here has no end", at: start - 1)
                }
                throw error("a control character in a string has to be escaped")
            }
            let run = position
            skipPlainBytes()
            unescaped.append(contentsOf: bytes[run..<position])
        }
    }

    /// Moves to the next quote, backslash or control character, or to the end; whether all bytes were ASCII.
    @inline(__always) @discardableResult
    private mutating func skipPlainBytes() -> Bool {
        var union: UInt8 = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            union |= byte
            position += 1
        }
        return union < 0x80
    }

    private func text(_ buffer: UnsafeBufferPointer<UInt8>, from start: Int) throws(JSONParseError) -> String {
        guard let string = String(validating: buffer, as: UTF8.self) else {
            throw error("the string that starts here is not valid UTF-8", at: start - 1)
        }
        return string
    }

    private mutating func parseEscape(into unescaped: inout [UInt8]) throws(JSONParseError) {
        switch current {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(current)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"): return try parseUnicodeEscape(into: &unescaped)
        default: throw unexpected("one of \" \\ / b f n r t u")
        }
        position += 1
    }

    /// `\uXXXX`, or two of them for a scalar beyond the basic plane. A lone surrogate is no character.
    private mutating func parseUnicodeEscape(into unescaped: inout [UInt8]) throws(JSONParseError) {
        let start = position - 1
        position += 1
        var code = try parseHexDigits()
        if (0xD800...0xDBFF).contains(code) {
            guard current == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u")
            else { throw error("a lone surrogate is no character", at: start) }
            position += 2
            let low = try parseHexDigits()
            guard (0xDC00...0xDFFF).contains(low) else { throw error("a lone surrogate is no character", at: start) }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw error("a lone surrogate is no character", at: start) }
        unescaped.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    private mutating func parseHexDigits() throws(JSONParseError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(current)).hexDigitValue, current < 0x80 else {
                throw unexpected("a hexadecimal digit")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }
}
