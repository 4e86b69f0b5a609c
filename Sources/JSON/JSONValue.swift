/// A JSON value with ordered objects and exact 64-bit integers.
///
/// Strings compare by their UTF-8 bytes (Swift's own `==` would merge "é" and "e" + combining accent).
/// `1` and `1.0` are the same number, and objects are equal whatever the order of their members.
///
/// A value nests at most 512 deep when it was parsed. Code that builds values keeps that bound itself
/// (`exceedsDepth`): printing, comparing and releasing a value walk it recursively.
@usableFromInline
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// Finite; NaN and infinities are no JSON. Integral values that fit 64 bits are `.integer`: use `number(_:)`.
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// How deep a parsed value may nest: `[[1]]` has depth 2, a scalar 0.
    package static let depthLimit = 512

    /// The number, as `.integer` where it is integral and fits 64 bits, so that printing and parsing give it back.
    /// Negative zero stays a double.
    @inlinable
    package static func number(_ value: Double) -> JSONValue {
        if let integer = Int64(exactly: value), integer != 0 || value.sign == .plus { return .integer(integer) }
        return .double(value)
    }

    @inlinable package var isNull: Bool { if case .null = self { true } else { false } }
    @inlinable package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    @inlinable package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    @inlinable package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
    @inlinable package var string: String? { if case .string(let value) = self { value } else { nil } }
    @inlinable package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    @inlinable package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// The member of an object; nil for a missing key and for anything but an object.
    @inlinable package subscript(key: String) -> JSONValue? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// The element of an array; nil out of bounds and for anything but an array.
    @inlinable package subscript(index: Int) -> JSONValue? {
        guard case .array(let array) = self, array.indices.contains(index) else { return nil }
        return array[index]
    }

    /// null, boolean, number, string, array or object.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// Whether arrays and objects nest deeper than `limit` levels; looks no deeper than that.
    package func exceedsDepth(_ limit: Int = JSONValue.depthLimit) -> Bool {
        switch self {
        case .array(let elements): limit <= 0 || elements.contains { $0.exceedsDepth(limit - 1) }
        case .object(let members): limit <= 0 || members.contains { $0.value.exceedsDepth(limit - 1) }
        default: false
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    @inlinable package init(nilLiteral: ()) { self = .null }
    @inlinable package init(booleanLiteral value: Bool) { self = .bool(value) }
    @inlinable package init(integerLiteral value: Int64) { self = .integer(value) }
    @inlinable package init(floatLiteral value: Double) { self = .number(value) }
    @inlinable package init(stringLiteral value: String) { self = .string(value) }
    @inlinable package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    @usableFromInline package init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}

extension JSONValue: CustomStringConvertible {
    /// The compact JSON text.
    @usableFromInline package var description: String { serialized() }
}
