import JSON

/// `+ - * / %` on all types. Integers stay exact while they fit 64 bits, then become doubles.
enum Arithmetic {
    private static func refused(_ left: JSONValue, _ right: JSONValue, _ verb: String) -> JQError {
        .raised("\(Excerpt.described(left)) and \(Excerpt.described(right)) cannot be \(verb)")
    }

    /// Changes `left` in place, so that a chain of additions is not a chain of copies.
    static func add(_ left: inout JSONValue, _ right: JSONValue, _ budget: inout Budget) throws(JQError) {
        // One value a pattern: a tuple of both would hold `left` a second time and make the change a copy.
        if case .string(var text) = left, case .string(let suffix) = right {
            left = .null
            try budget.spendOnChange(of: text.utf8.count >> 4)
            try budget.allocate(suffix.utf8.count)
            text += suffix
            left = .string(text)
        } else if case .array(var elements) = left, case .array(let more) = right {
            left = .null
            try budget.spendOnChange(of: elements.count)
            try budget.allocate(more.count * Budget.valueBytes)
            elements += more
            left = .array(elements)
        } else if case .object(var members) = left, case .object(let more) = right {
            left = .null
            try budget.spendOnChange(of: members.count * 2)
            try budget.allocate(more.count * Budget.memberBytes)
            for (key, value) in more { members[key] = value }
            left = .object(members)
        } else if case .integer(let first) = left, case .integer(let second) = right {
            let (sum, overflow) = first.addingReportingOverflow(second)
            left = overflow ? .number(Double(first) + Double(second)) : .integer(sum)
        } else if left.isNull {
            left = right
        } else if !right.isNull {
            guard let first = left.double, let second = right.double else { throw refused(left, right, "added") }
            left = .number(first + second)
        }
    }

    static func subtract(_ left: JSONValue, _ right: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        switch (left, right) {
        case (.integer(let first), .integer(let second)):
            let (difference, overflow) = first.subtractingReportingOverflow(second)
            return overflow ? .number(Double(first) - Double(second)) : .integer(difference)
        case (.array(let elements), .array(let removed)):
            var rest: [JSONValue] = []
            for element in elements {
                var isRemoved = false
                for other in removed where !isRemoved {
                    try budget.step()
                    isRemoved = try Order.areEqual(element, other, &budget)
                }
                if !isRemoved { rest.append(element) }
            }
            try budget.allocate(rest.count * Budget.valueBytes)
            return .array(rest)
        default:
            guard let first = left.double, let second = right.double else { throw refused(left, right, "subtracted") }
            return .number(first - second)
        }
    }

    static func multiply(_ left: JSONValue, _ right: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        switch (left, right) {
        case (.integer(let first), .integer(let second)):
            let (product, overflow) = first.multipliedReportingOverflow(by: second)
            return overflow ? .number(Double(first) * Double(second)) : .integer(product)
        case (.string(let text), .integer), (.string(let text), .double):
            return try repeated(text, right.double ?? 0, &budget)
        case (.integer, .string(let text)), (.double, .string(let text)):
            return try repeated(text, left.double ?? 0, &budget)
        case (.object(var members), .object(let more)):
            try budget.allocate((members.count + more.count) * Budget.memberBytes)
            for (key, value) in more {
                if case .object = value, case .object? = members[key] {
                    members[key] = try multiply(members[key] ?? .null, value, &budget)
                } else {
                    members[key] = value
                }
            }
            return .object(members)
        default:
            guard let first = left.double, let second = right.double else { throw refused(left, right, "multiplied") }
            return .number(first * second)
        }
    }

    private static func repeated(_ text: String, _ count: Double, _ budget: inout Budget) throws(JQError) -> JSONValue {
        guard count >= 0 else { return .null }
        if text.isEmpty { return .string("") }
        guard count * Double(text.utf8.count) < 0x1p31 else { throw .raised("Repeat string result too long") }
        try budget.allocate(Int(count) * text.utf8.count)
        return .string(String(repeating: text, count: Int(count)))
    }

    static func divide(_ left: JSONValue, _ right: JSONValue, _ budget: inout Budget) throws(JQError) -> JSONValue {
        if case .string(let text) = left, case .string(let separator) = right {
            return try Text.split(text, by: separator, &budget)
        }
        guard let first = left.double, let second = right.double else { throw refused(left, right, "divided") }
        if second == 0 { throw refused(left, right, "divided because the divisor is zero") }
        if case .integer(let first) = left, case .integer(let second) = right {
            let (quotient, overflow) = first.dividedReportingOverflow(by: second)
            if !overflow, quotient &* second == first { return .integer(quotient) }
        }
        return .number(first / second)
    }

    static func remainder(_ left: JSONValue, _ right: JSONValue) throws(JQError) -> JSONValue {
        guard let first = left.double, let second = right.double else { throw refused(left, right, "divided") }
        if first.isNaN || second.isNaN { return .double(.nan) }
        let divisor = Number.truncated(right)
        if divisor == 0 { throw refused(left, right, "divided (remainder) because the divisor is zero") }
        if divisor == -1 { return .integer(0) }
        return .integer(Number.truncated(left) % divisor)
    }

    static func negate(_ value: JSONValue) throws(JQError) -> JSONValue {
        switch value {
        case .integer(0): return .double(-0.0)
        case .integer(let number): return number == .min ? .number(-Double(number)) : .integer(-number)
        case .double(let number): return .number(-number)
        default: throw .raised("\(Excerpt.described(value)) cannot be negated")
        }
    }
}

enum Number {
    /// Towards zero, clamped to 64 bits.
    static func truncated(_ value: JSONValue) -> Int64 {
        if case .integer(let number) = value { return number }
        guard let number = value.double, !number.isNaN else { return 0 }
        return number >= 0x1p63 ? .max : number <= -0x1p63 ? .min : Int64(number)
    }

    /// What JSON can say: null for NaN, the largest double for an infinity.
    static func finite(_ number: Double) -> JSONValue {
        number.isNaN ? .null : .double(max(-.greatestFiniteMagnitude, min(.greatestFiniteMagnitude, number)))
    }

    static func finite(_ value: JSONValue) -> JSONValue {
        isFinite(value) ? value : cleaned(value)
    }

    private static func cleaned(_ value: JSONValue) -> JSONValue {
        switch value {
        case .double(let number): number.isFinite ? value : finite(number)
        case .array(let elements): .array(elements.map(cleaned))
        case .object(let members): .object(members.mapValues { cleaned($0) })
        default: value
        }
    }

    private static func isFinite(_ value: JSONValue) -> Bool {
        switch value {
        case .double(let number): number.isFinite
        case .array(let elements): elements.allSatisfy(isFinite)
        case .object(let members): members.allSatisfy { isFinite($0.value) }
        default: true
        }
    }
}

extension JSONValue {
    /// Anything but false and null.
    @inline(__always)
    var isTrue: Bool {
        switch self {
        case .null: false
        case .bool(let value): value
        default: true
        }
    }
}
