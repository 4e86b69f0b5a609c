import JSON

extension Builtins {
    static let strings: Table = [
        (
            "startswith",
            .binary { value, prefix, _ throws(JQError) in
                let (text, prefix) = try pair(value, prefix, "startswith() requires string inputs")
                return .bool(Text.hasPrefix(text, prefix))
            }
        ),
        (
            "endswith",
            .binary { value, suffix, _ throws(JQError) in
                let (text, suffix) = try pair(value, suffix, "endswith() requires string inputs")
                return .bool(Text.hasSuffix(text, suffix))
            }
        ),
        (
            "ltrimstr",
            .binary { value, prefix, budget throws(JQError) in try withoutPrefix(value, prefix, &budget) }
        ),
        (
            "rtrimstr",
            .binary { value, suffix, budget throws(JQError) in try withoutSuffix(value, suffix, &budget) }
        ),
        (
            "trimstr",
            .binary { value, part, budget throws(JQError) in
                try withoutSuffix(withoutPrefix(value, part, &budget), part, &budget)
            }
        ),
        ("trim", .unary { value, budget throws(JQError) in try trimmed(value, true, true, &budget) }),
        ("ltrim", .unary { value, budget throws(JQError) in try trimmed(value, true, false, &budget) }),
        ("rtrim", .unary { value, budget throws(JQError) in try trimmed(value, false, true, &budget) }),
        (
            "split",
            .binary { value, separator, budget throws(JQError) in
                let (text, separator) = try pair(value, separator, "split input and separator must be strings")
                return try Text.split(text, by: separator, &budget)
            }
        ),
        ("join", .binary { value, separator, budget throws(JQError) in try joined(value, separator, &budget) }),
        (
            "explode",
            .unary { value, budget throws(JQError) in
                guard case .string(let text) = value else {
                    throw .raised("\(Excerpt.described(value)) cannot be exploded")
                }
                try budget.allocate(text.utf8.count * Budget.valueBytes)
                return .array(text.unicodeScalars.map { .integer(Int64($0.value)) })
            }
        ),
        ("implode", .unary { value, budget throws(JQError) in try imploded(value, &budget) }),
        (
            "ascii_downcase",
            .unary { value, budget throws(JQError) in
                try mapBytes(value, "ascii_downcase", &budget) { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
            }
        ),
        (
            "ascii_upcase",
            .unary { value, budget throws(JQError) in
                try mapBytes(value, "ascii_upcase", &budget) { $0 >= 97 && $0 <= 122 ? $0 - 32 : $0 }
            }
        ),
        (
            "_strindices",
            .binary { value, wanted, budget throws(JQError) in
                guard case .string(let text) = value else {
                    throw .raised("\(Excerpt.described(value)) cannot be searched, as it is not a string")
                }
                guard case .string(let part) = wanted else {
                    throw .raised("\(Excerpt.described(wanted)) is not a string")
                }
                return .array(try Text.scalarIndices(of: part, in: text, &budget))
            }
        ),
    ]

    private static func pair(
        _ left: JSONValue, _ right: JSONValue, _ message: String
    ) throws(JQError) -> (String, String) {
        guard case .string(let left) = left, case .string(let right) = right else { throw .raised(message) }
        return (left, right)
    }

    private static func withoutPrefix(
        _ value: JSONValue, _ prefix: JSONValue, _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        let (text, prefix) = try pair(value, prefix, "startswith() requires string inputs")
        guard !prefix.isEmpty, Text.hasPrefix(text, prefix) else { return value }
        try budget.allocate(text.utf8.count)
        return .string(String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self))
    }

    private static func withoutSuffix(
        _ value: JSONValue, _ suffix: JSONValue, _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        let (text, suffix) = try pair(value, suffix, "endswith() requires string inputs")
        guard !suffix.isEmpty, Text.hasSuffix(text, suffix) else { return value }
        try budget.allocate(text.utf8.count)
        return .string(String(decoding: text.utf8.dropLast(suffix.utf8.count), as: UTF8.self))
    }

    private static func trimmed(
        _ value: JSONValue, _ start: Bool, _ end: Bool, _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        guard case .string(let text) = value else { throw .raised("trim input must be a string") }
        try budget.allocate(text.utf8.count)
        return .string(Text.trimmed(text, start: start, end: end))
    }

    private static func mapBytes(
        _ value: JSONValue, _ name: String, _ budget: inout Budget, _ change: (UInt8) -> UInt8
    ) throws(JQError) -> JSONValue {
        guard case .string(let text) = value else { throw .raised("\(name) input must be a string") }
        try budget.allocate(text.utf8.count)
        return .string(String(decoding: text.utf8.map(change), as: UTF8.self))
    }

    private static func joined(
        _ value: JSONValue, _ separator: JSONValue, _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        let elements: [JSONValue]
        switch value {
        case .array(let list): elements = list
        case .object(let members): elements = members.values
        default: throw Access.cannotIterate(value)
        }
        if elements.isEmpty { return .string("") }
        var result = JSONValue.null
        for (index, element) in elements.enumerated() {
            try budget.step()
            if index == 0 { result = .string("") } else { try Arithmetic.add(&result, separator, &budget) }
            switch element {
            case .null: break
            case .bool, .integer, .double: try Arithmetic.add(&result, .string(Text.json(element, &budget)), &budget)
            default: try Arithmetic.add(&result, element, &budget)
            }
        }
        return result
    }

    private static func imploded(_ value: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        guard case .array(let codes) = value else { throw .raised("implode input must be an array") }
        try budget.allocate(codes.count * 4)
        var text = String.UnicodeScalarView()
        for code in codes {
            guard let number = code.double, !number.isNaN else {
                throw .raised("\(Excerpt.described(code)) can't be imploded, unicode codepoint needs to be numeric")
            }
            let scalar = number >= 0 && number < 0x110000 ? Unicode.Scalar(UInt32(number)) : nil
            text.append(scalar ?? "\u{FFFD}")
        }
        return .string(String(text))
    }
}
