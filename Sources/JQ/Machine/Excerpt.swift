import JSON

/// Values as error messages show them: short.
enum Excerpt {
    private static let limit = 29

    /// `string ("abc")`
    static func described(_ value: JSONValue) -> String { "\(value.typeName) (\(of(value)))" }

    static func of(_ value: JSONValue) -> String {
        var budget = 200
        let text = Number.finite(shortened(value, &budget)).serialized()
        let bytes = text.utf8
        guard bytes.count > limit else { return text }
        let closing: String
        switch value {
        case .string: closing = "\""
        case .array: closing = "]"
        case .object: closing = "}"
        default: closing = ""
        }
        var end = bytes.index(bytes.startIndex, offsetBy: limit - 3 - closing.utf8.count)
        while end > bytes.startIndex, bytes[end] & 0xC0 == 0x80 { end = bytes.index(before: end) }
        return String(text[..<end]) + "..." + closing
    }

    /// Enough of a value for the excerpt, so that printing a large one for a message costs nothing.
    private static func shortened(_ value: JSONValue, _ budget: inout Int) -> JSONValue {
        budget -= 1
        switch value {
        case .string(let text) where text.utf8.count > 120: return .string(String(text.unicodeScalars.prefix(40)))
        case .array(let elements):
            var part: [JSONValue] = []
            for element in elements where budget > 0 && part.count < 20 { part.append(shortened(element, &budget)) }
            return .array(part)
        case .object(let members):
            var part = JSONObject()
            for (key, value) in members where budget > 0 && part.count < 20 { part[key] = shortened(value, &budget) }
            return .object(part)
        default: return value
        }
    }
}
