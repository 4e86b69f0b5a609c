import JSON

/// Functions that give exactly one result for one value of each argument. Whatever they do costs fuel in proportion.
enum Builtins {
    typealias Unary = @Sendable (JSONValue, inout Budget) throws(JQError) -> JSONValue
    typealias Binary = @Sendable (JSONValue, JSONValue, inout Budget) throws(JQError) -> JSONValue
    typealias Ternary = @Sendable (JSONValue, JSONValue, JSONValue, inout Budget) throws(JQError) -> JSONValue
    typealias Quaternary =
        @Sendable (JSONValue, JSONValue, JSONValue, JSONValue, inout Budget) throws(JQError) -> JSONValue

    enum Body: Sendable {
        case unary(Unary)
        case binary(Binary)
        case ternary(Ternary)
        case quaternary(Quaternary)

        var arity: Int {
            switch self {
            case .unary: 0
            case .binary: 1
            case .ternary: 2
            case .quaternary: 3
            }
        }
    }

    typealias Table = [(name: String, body: Body)]

    private static let table: Table =
        values + collections + strings + formats + regularExpressions + dates + mathematics

    static let bodies: [Body] = table.map(\.body)
    /// By `name/arity`.
    static let index: [String: Int32] = Dictionary(
        table.enumerated().map { ("\($1.name)/\($1.body.arity)", Int32($0)) }, uniquingKeysWith: { first, _ in first })
    static let names: [String] = table.map { "\($0.name)/\($0.body.arity)" }.filter { !$0.hasPrefix("@") }
    static let formatNames: [String] = formats.map { "\($0.name)/0" }
}

extension Builtins {
    static let values: Table = [
        ("type", .unary { value, _ in .string(value.typeName) }),
        ("length", .unary { value, budget throws(JQError) in try length(of: value, &budget) }),
        (
            "utf8bytelength",
            .unary { value, _ throws(JQError) in
                guard case .string(let text) = value else {
                    throw .raised("\(Excerpt.described(value)) only strings have UTF-8 byte length")
                }
                return .integer(Int64(text.utf8.count))
            }
        ),
        (
            "tostring",
            .unary { value, budget throws(JQError) in
                if case .string = value { return value }
                return .string(try Text.json(value, &budget))
            }
        ),
        (
            "tonumber",
            .unary { value, budget throws(JQError) in
                switch value {
                case .integer, .double: return value
                case .string(let text):
                    try budget.spend(text.utf8.count >> 2)
                    if let number = Text.number(text) { return number }
                default: break
                }
                throw .raised("\(Excerpt.described(value)) cannot be parsed as a number")
            }
        ),
        (
            "toboolean",
            .unary { value, _ throws(JQError) in
                switch value {
                case .bool: return value
                case .string(let text) where text.hasSameBytes(as: "true"): return true
                case .string(let text) where text.hasSameBytes(as: "false"): return false
                default: throw .raised("\(Excerpt.described(value)) cannot be parsed as a boolean")
                }
            }
        ),
        ("tojson", .unary { value, budget throws(JQError) in .string(try Text.json(value, &budget)) }),
        ("fromjson", .unary { value, budget throws(JQError) in try fromJSON(value, &budget) }),
        ("infinite", .unary { _, _ in .double(.infinity) }),
        ("nan", .unary { _, _ in .double(.nan) }),
        ("isinfinite", .unary { value, _ throws(JQError) in .bool(try number(value).isInfinite) }),
        ("isnan", .unary { value, _ throws(JQError) in .bool(try number(value).isNaN) }),
        ("isnormal", .unary { value, _ throws(JQError) in .bool(try number(value).isNormal) }),
        (
            "abs",
            .unary { value, budget throws(JQError) in
                switch value {
                case .double(let number): return number.isNaN ? value : .number(number.magnitude)
                default: return try Order.compare(value, .integer(0), &budget) < 0 ? Arithmetic.negate(value) : value
                }
            }
        ),
        ("toarray", .unary { value, _ in if case .array = value { value } else { .array([value]) } }),
        ("have_literal_numbers", .unary { _, _ in true }),
        ("have_decnum", .unary { _, _ in false }),
        ("getpath", .binary { value, path, budget throws(JQError) in try Access.get(value, at: path, &budget) }),
        (
            "setpath",
            .ternary { value, path, new, budget throws(JQError) in
                guard case .array(let keys) = path else { throw .raised("Path must be specified as an array") }
                try Access.checkDepth(keys)
                try budget.spend(keys.count)
                var result = value
                try Access.set(&result, keys[...], to: new, &budget)
                return result
            }
        ),
        (
            "delpaths",
            .binary { value, paths, budget throws(JQError) in try Access.delete(paths, from: value, &budget) }
        ),
        (
            "_descend",
            .unary { value, budget throws(JQError) in
                var found: [JSONValue] = []
                try descend(value, into: &found, &budget)
                return .array(found)
            }
        ),
    ]

    static func number(_ value: JSONValue) throws(JQError) -> Double {
        guard let number = value.double else { throw .raised("\(Excerpt.described(value)) number required") }
        return number
    }

    private static func length(of value: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        switch value {
        case .null: return 0
        case .bool: throw .raised("\(Excerpt.described(value)) has no length")
        case .integer(let number): return number == .min ? .number(Double(number).magnitude) : .integer(abs(number))
        case .double(let number): return .number(number.magnitude)
        case .string(let text):
            try budget.spend(text.utf8.count >> 4)
            return .integer(Int64(text.unicodeScalars.count))
        case .array(let elements): return .integer(Int64(elements.count))
        case .object(let members): return .integer(Int64(members.count))
        }
    }

    private static func fromJSON(_ value: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        guard case .string(let text) = value else {
            throw .raised("\(Excerpt.described(value)) cannot be parsed as JSON")
        }
        // A byte of text makes at most one value and a half.
        try budget.spend(text.utf8.count)
        switch text {
        case "nan", "NaN", "-nan", "-NaN": return .double(.nan)
        default: break
        }
        do {
            let result = try JSONValue(parsing: text)
            try budget.allocate(try budget.size(of: result, limit: budget.memory))
            return result
        } catch let error as JQError {
            throw error
        } catch {
            throw .raised("\(error) (while parsing '\(String(text.unicodeScalars.prefix(100)))')")
        }
    }

    private static func descend(
        _ value: JSONValue, into found: inout [JSONValue], _ budget: inout Budget
    ) throws(JQError) {
        try budget.allocate(Budget.valueBytes)
        found.append(value)
        switch value {
        case .array(let elements): for element in elements { try descend(element, into: &found, &budget) }
        case .object(let members): for member in members { try descend(member.value, into: &found, &budget) }
        default: break
        }
    }
}
