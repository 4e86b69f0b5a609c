import JSON

/// `@text`, `@csv` and their kind.
extension Builtins {
    static let formats: Table = [
        ("@text", .unary { value, budget throws(JQError) in .string(try Text.string(value, &budget)) }),
        ("@json", .unary { value, budget throws(JQError) in .string(try Text.json(value, &budget)) }),
        (
            "@html",
            .unary { value, budget throws(JQError) in
                try escaped(value, &budget) { byte, output in
                    switch byte {
                    case UInt8(ascii: "<"): output += "&lt;".utf8
                    case UInt8(ascii: ">"): output += "&gt;".utf8
                    case UInt8(ascii: "&"): output += "&amp;".utf8
                    case UInt8(ascii: "'"): output += "&apos;".utf8
                    case UInt8(ascii: "\""): output += "&quot;".utf8
                    default: output.append(byte)
                    }
                }
            }
        ),
        (
            "@uri",
            .unary { value, budget throws(JQError) in
                try escaped(value, &budget) { byte, output in
                    if isUnreserved(byte) {
                        output.append(byte)
                    } else {
                        output.append(UInt8(ascii: "%"))
                        output.append(hexDigits[Int(byte >> 4)])
                        output.append(hexDigits[Int(byte & 15)])
                    }
                }
            }
        ),
        ("@urid", .unary { value, budget throws(JQError) in try decodedURI(value, &budget) }),
        ("@csv", .unary { value, budget throws(JQError) in try row(value, "csv", ",", &budget) }),
        ("@tsv", .unary { value, budget throws(JQError) in try row(value, "tsv", "\t", &budget) }),
        ("@sh", .unary { value, budget throws(JQError) in try shellQuoted(value, &budget) }),
        (
            "@base64",
            .unary { value, budget throws(JQError) in
                let bytes = Array(try Text.string(value, &budget).utf8)
                try budget.allocate(bytes.count * 2)
                return .string(Base64.encode(bytes))
            }
        ),
        (
            "@base64d",
            .unary { value, budget throws(JQError) in
                let text = try Text.string(value, &budget)
                try budget.allocate(text.utf8.count)
                switch Base64.decode(Array(text.utf8)) {
                case .success(let bytes): return .string(String(decoding: bytes, as: UTF8.self))
                case .failure(.trailingByte): throw .raised("\(Excerpt.described(value)) trailing base64 byte found")
                case .failure(.invalid): throw .raised("\(Excerpt.described(value)) is not valid base64 data")
                }
            }
        ),
        (
            "@base32",
            .unary { value, budget throws(JQError) in
                let bytes = Array(try Text.string(value, &budget).utf8)
                try budget.allocate(bytes.count * 2)
                return .string(Base32.encode(bytes))
            }
        ),
        (
            "@base32d",
            .unary { value, budget throws(JQError) in
                let text = try Text.string(value, &budget)
                try budget.allocate(text.utf8.count)
                guard let bytes = Base32.decode(Array(text.utf8)) else {
                    throw .raised("\(Excerpt.described(value)) is not valid base32 data")
                }
                return .string(String(decoding: bytes, as: UTF8.self))
            }
        ),
    ]

    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func escaped(
        _ value: JSONValue, _ budget: inout Budget, _ escape: (UInt8, inout [UInt8]) -> Void
    ) throws(JQError) -> JSONValue {
        let text = try Text.string(value, &budget)
        try budget.allocate(text.utf8.count * 6)
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        for byte in text.utf8 { escape(byte, &output) }
        return .string(String(decoding: output, as: UTF8.self))
    }

    private static func decodedURI(_ value: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        let bytes = Array(try Text.string(value, &budget).utf8)
        try budget.allocate(bytes.count)
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] != UInt8(ascii: "%") {
                output.append(bytes[index])
                index += 1
                continue
            }
            let digits = bytes[(index + 1)...].prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { throw .raised("\(Excerpt.described(value)) is not a valid uri encoding") }
            output.append(byte)
            index += 3
        }
        guard let text = String(validating: output, as: UTF8.self) else {
            throw .raised("\(Excerpt.described(value)) is not a valid uri encoding")
        }
        return .string(text)
    }

    private static func row(
        _ value: JSONValue, _ name: String, _ separator: String, _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        guard case .array(let cells) = value else {
            throw .raised("\(Excerpt.described(value)) cannot be \(name)-formatted, only an array can be")
        }
        var line = ""
        for (index, cell) in cells.enumerated() {
            if index > 0 { line += separator }
            switch cell {
            case .null: break
            case .bool, .integer, .double: line += try Text.json(cell, &budget)
            case .string(let text):
                try budget.allocate(text.utf8.count * 2)
                line += name == "csv" ? quoted(text) : tabEscaped(text)
            default: throw .raised("\(Excerpt.described(cell)) is not valid in a \(name) row")
            }
            try budget.allocate(1)
            try budget.step()
        }
        return .string(line)
    }

    private static func quoted(_ text: String) -> String {
        var output: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { output.append(byte) }
            output.append(byte)
        }
        output.append(UInt8(ascii: "\""))
        return String(decoding: output, as: UTF8.self)
    }

    private static func tabEscaped(_ text: String) -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\t"): output += "\\t".utf8
            case UInt8(ascii: "\n"): output += "\\n".utf8
            case UInt8(ascii: "\r"): output += "\\r".utf8
            case UInt8(ascii: "\\"): output += "\\\\".utf8
            default: output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func shellQuoted(_ value: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        let words = if case .array(let elements) = value { elements } else { [value] }
        var line = ""
        for (index, word) in words.enumerated() {
            try budget.step()
            if index > 0 { line += " " }
            switch word {
            case .array, .object: throw .raised("\(Excerpt.described(word)) can not be escaped for shell")
            case .string(let text):
                try budget.allocate(text.utf8.count * 4)
                var output: [UInt8] = [UInt8(ascii: "'")]
                for byte in text.utf8 {
                    if byte == UInt8(ascii: "'") { output += "'\\''".utf8 } else { output.append(byte) }
                }
                output.append(UInt8(ascii: "'"))
                line += String(decoding: output, as: UTF8.self)
            default: line += try Text.json(word, &budget)
            }
        }
        return .string(line)
    }
}

enum Base64 {
    enum Failure: Error { case invalid, trailingByte }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String { Radix.encode(bytes, alphabet, bits: 6, group: 4) }

    /// Padding may be missing.
    static func decode(_ text: [UInt8]) -> Result<[UInt8], Failure> {
        let digits = text.reversed().drop { $0 == UInt8(ascii: "=") }.reversed()
        if digits.count % 4 == 1 {
            return .failure(Radix.decode(Array(digits.dropLast()), alphabet, bits: 6) == nil ? .invalid : .trailingByte)
        }
        return Radix.decode(Array(digits), alphabet, bits: 6).map { .success($0) } ?? .failure(.invalid)
    }
}

enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    static func encode(_ bytes: [UInt8]) -> String { Radix.encode(bytes, alphabet, bits: 5, group: 8) }

    static func decode(_ text: [UInt8]) -> [UInt8]? {
        Radix.decode(text.reversed().drop { $0 == UInt8(ascii: "=") }.reversed(), alphabet, bits: 5)
    }
}

/// Bytes as digits of a few bits each.
private enum Radix {
    static func encode(_ bytes: [UInt8], _ alphabet: [UInt8], bits: Int, group: Int) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count * 8 / bits + group)
        var buffer: UInt32 = 0
        var held = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            held += 8
            while held >= bits {
                held -= bits
                output.append(alphabet[Int(buffer >> held) & ((1 << bits) - 1)])
            }
            buffer &= (1 << held) - 1
        }
        if held > 0 { output.append(alphabet[Int(buffer << (bits - held)) & ((1 << bits) - 1)]) }
        while output.count % group != 0 { output.append(UInt8(ascii: "=")) }
        return String(decoding: output, as: UTF8.self)
    }

    static func decode(_ text: [UInt8], _ alphabet: [UInt8], bits: Int) -> [UInt8]? {
        var values = [UInt8?](repeating: nil, count: 256)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        var output: [UInt8] = []
        output.reserveCapacity(text.count * bits / 8)
        var buffer: UInt32 = 0
        var held = 0
        for digit in text {
            guard let value = values[Int(digit)] else { return nil }
            buffer = buffer << bits | UInt32(value)
            held += bits
            if held >= 8 {
                held -= 8
                output.append(UInt8(truncatingIfNeeded: buffer >> held))
            }
            buffer &= (1 << held) - 1
        }
        return output
    }
}
