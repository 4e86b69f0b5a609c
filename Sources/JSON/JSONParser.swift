extension JSONValue {
    /// Parses one JSON text (RFC 8259, strict).
    ///
    /// Integers that fit 64 bits stay exact; other numbers are doubles, clamped to the largest finite one as jq does.
    /// Of equal keys the last value wins, in the first one's place. Deeper than `depthLimit` is an error.
    package init(parsing text: String) throws(JSONParseError) {
        self = try Self.parse(text) { parser throws(JSONParseError) in try parser.parseDocument() }
    }

    package init(parsing bytes: [UInt8]) throws(JSONParseError) {
        self = try Self.parse(bytes) { parser throws(JSONParseError) in try parser.parseDocument() }
    }

    /// Parses JSON texts separated by white space.
    package static func parseSequence(_ bytes: [UInt8]) throws(JSONParseError) -> [JSONValue] {
        try parse(bytes) { parser throws(JSONParseError) in try parser.parseSequence() }
    }

    private static func parse<Result>(
        _ text: String, _ body: (inout JSONParser) throws(JSONParseError) -> Result
    ) throws(JSONParseError) -> Result {
        // `withBytes` rethrows untyped errors, so the outcome travels as a value.
        try text.withBytes { buffer in
            var parser = JSONParser(buffer)
            return Swift.Result { () throws(JSONParseError) in try body(&parser) }
        }.get()
    }

    private static func parse<Result>(
        _ bytes: [UInt8], _ body: (inout JSONParser) throws(JSONParseError) -> Result
    ) throws(JSONParseError) -> Result {
        try bytes.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(buffer)
            return Swift.Result { () throws(JSONParseError) in try body(&parser) }
        }.get()
    }
}

/// A recursive-descent parser over UTF-8 bytes; recursion is bounded by `JSONValue.depthLimit`.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    private var depth = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The byte here; 0, which no JSON token starts with or continues by, at the end.
    @inline(__always) var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    mutating func parseDocument() throws(JSONParseError) -> JSONValue {
        try refuseByteOrderMark()
        skipWhitespace()
        guard position < bytes.count else { throw error("the text is empty") }
        let value = try parseValue()
        skipWhitespace()
        guard position == bytes.count else { throw unexpected("the end") }
        return value
    }

    mutating func parseSequence() throws(JSONParseError) -> [JSONValue] {
        try refuseByteOrderMark()
        var values: [JSONValue] = []
        skipWhitespace()
        while position < bytes.count {
            values.append(try parseValue())
            let end = position
            skipWhitespace()
            guard position > end || position == bytes.count else { throw unexpected("white space") }
        }
        return values
    }

    private mutating func parseValue() throws(JSONParseError) -> JSONValue {
        switch current {
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "{"): return .object(try parseObject())
        case UInt8(ascii: "["): return .array(try parseArray())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        case UInt8(ascii: "t"): return try parseLiteral("true", .bool(true))
        case UInt8(ascii: "f"): return try parseLiteral("false", .bool(false))
        case UInt8(ascii: "n"): return try parseLiteral("null", .null)
        default: throw unexpected("a value")
        }
    }

    private mutating func parseLiteral(_ word: StaticString, _ value: JSONValue) throws(JSONParseError) -> JSONValue {
        for offset in 0..<word.utf8CodeUnitCount {
            guard current == word.utf8Start[offset] else { throw unexpected("\"\(word)\"") }
            position += 1
        }
        return value
    }

    private mutating func parseArray() throws(JSONParseError) -> [JSONValue] {
        try enter()
        defer { depth -= 1 }
        var elements: [JSONValue] = []
        if skips(UInt8(ascii: "]")) { return elements }
        while true {
            elements.append(try parseValue())
            skipWhitespace()
            switch current {
            case UInt8(ascii: ","):
                position += 1
                skipWhitespace()
            case UInt8(ascii: "]"):
                position += 1
                return elements
            default: throw unexpected("\",\" or \"]\"")
            }
        }
    }

    private mutating func parseObject() throws(JSONParseError) -> JSONObject {
        try enter()
        defer { depth -= 1 }
        var object = JSONObject()
        if skips(UInt8(ascii: "}")) { return object }
        while true {
            guard current == UInt8(ascii: "\"") else { throw unexpected("a key") }
            let key = try parseString()
            skipWhitespace()
            guard current == UInt8(ascii: ":") else { throw unexpected("\":\"") }
            position += 1
            skipWhitespace()
            object[key] = try parseValue()
            skipWhitespace()
            switch current {
            case UInt8(ascii: ","):
                position += 1
                skipWhitespace()
            case UInt8(ascii: "}"):
                position += 1
                return object
            default: throw unexpected("\",\" or \"}\"")
            }
        }
    }

    /// Steps over an opening bracket.
    private mutating func enter() throws(JSONParseError) {
        depth += 1
        guard depth <= JSONValue.depthLimit else {
            throw error("it nests deeper than \(JSONValue.depthLimit) levels")
        }
        position += 1
        skipWhitespace()
    }

    private mutating func skips(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private func refuseByteOrderMark() throws(JSONParseError) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw error("the text starts with a byte order mark, which JSON does not allow")
        }
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
            throw error("the text is UTF-16; JSON is UTF-8")
        }
    }
}

// Errors.
extension JSONParser {
    func error(_ message: String, at offset: Int? = nil) -> JSONParseError {
        let offset = offset ?? position
        let before = bytes[..<min(offset, bytes.count)]
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return JSONParseError(
            message: message,
            line: before.count { $0 == 0x0A } + 1,
            column: before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1,
            offset: offset)
    }

    func unexpected(_ wanted: String) -> JSONParseError {
        guard position < bytes.count else { return error("the text ends where \(wanted) should be") }
        let byte = bytes[position]
        let found =
            (0x21...0x7E).contains(byte)
            ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte 0x" + String(byte, radix: 16, uppercase: true)
        return error("\(found) stands where \(wanted) should be")
    }
}
