import JSON

/// What an unquoted scalar means by YAML 1.2's core schema.
enum PlainScalar {
    /// nil for a number that JSON cannot express (`.inf`, `.nan`, `1e999`).
    static func value(of text: String) -> JSONValue? {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "-.inf", "-.Inf", "-.INF", "+.inf", "+.Inf", "+.INF":
            return nil
        default: break
        }
        let bytes = Array(text.utf8)
        if text.hasPrefix("0x"), bytes.count > 2, bytes.dropFirst(2).allSatisfy(isHexadecimal) {
            return integer(bytes.dropFirst(2), radix: 16)
        }
        if text.hasPrefix("0o"), bytes.count > 2, bytes.dropFirst(2).allSatisfy({ $0 >= 48 && $0 <= 55 }) {
            return integer(bytes.dropFirst(2), radix: 8)
        }
        guard isNumber(bytes) else { return .string(text) }
        if let exact = Int64(text) { return .integer(exact) }
        guard let number = Double(text), number.isFinite else { return nil }
        return .number(number)
    }

    private static func integer(_ digits: ArraySlice<UInt8>, radix: Int) -> JSONValue? {
        Int64(String(decoding: digits, as: UTF8.self), radix: radix).map { .integer($0) }
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
    private static func isNumber(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        func digits() -> Int {
            let run = rest.prefix(while: isDigit).count
            rest = rest.dropFirst(run)
            return run
        }
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        let whole = digits()
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard digits() > 0 || whole > 0 else { return false }
        } else if whole == 0 {
            return false
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte >= 65 && byte <= 70) || (byte >= 97 && byte <= 102)
    }
}
