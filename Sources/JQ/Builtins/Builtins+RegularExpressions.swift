import JSON
import Synchronization

extension Builtins {
    static let regularExpressions: Table = [
        (
            "_match",
            .quaternary { value, pattern, flags, testing, budget throws(JQError) in
                let search = try Search(value, pattern, flags, isGlobal: false)
                try budget.spend(search.bytes.count >> 4)
                if testing.isTrue { return .bool(try search.matches(&budget, limit: 1).count > 0) }
                var counter = ScalarCounter(search.bytes)
                return .array(try search.matches(&budget).map { search.described($0, &counter) })
            }
        ),
        (
            "split",
            .ternary { value, pattern, flags, budget throws(JQError) in
                let search = try Search(value, pattern, flags, isGlobal: true)
                try budget.spend(search.bytes.count >> 4)
                var parts: [JSONValue] = []
                var start = 0
                for match in try search.matches(&budget) {
                    parts.append(.string(search.text(start..<match.range.lowerBound)))
                    start = match.range.upperBound
                }
                parts.append(.string(search.text(start..<search.bytes.count)))
                try budget.allocate(search.bytes.count + parts.count * Budget.valueBytes)
                return .array(parts)
            }
        ),
    ]
}

/// Compiled expressions, shared by all evaluations: the same few are used again and again.
private enum PatternCache {
    private struct Key: Hashable {
        let pattern: [UInt8]
        let options: Int
    }

    private static let limit = 256
    private static let known = Mutex<[Key: RegularExpression]>([:])

    static func expression(
        _ pattern: String, _ options: RegularExpression.Options
    ) throws(RegularExpressionError) -> RegularExpression {
        let key = Key(pattern: Array(pattern.utf8), options: options.rawValue)
        if let found = known.withLock({ $0[key] }) { return found }
        let expression = try RegularExpression(pattern: pattern, options: options)
        known.withLock { known in
            if known.count >= limit { known.removeAll() }
            known[key] = expression
        }
        return expression
    }
}

/// One use of a regular expression on a string.
private struct Search {
    let subject: String
    let bytes: [UInt8]
    let expression: RegularExpression
    private let isGlobal: Bool
    private let skipsEmpty: Bool

    /// The pattern may be a string, or an array of pattern and flags where no flags are given.
    init(_ value: JSONValue, _ pattern: JSONValue, _ flags: JSONValue, isGlobal: Bool) throws(JQError) {
        var pattern = pattern
        var flags = flags
        if flags.isNull, case .array(let parts) = pattern {
            pattern = parts.first ?? .null
            flags = parts.count > 1 ? parts[1] : .null
        }
        guard case .string(let subject) = value else {
            throw .raised("\(Excerpt.described(value)) cannot be matched, as it is not a string")
        }
        guard case .string(let source) = pattern else {
            throw .raised("\(Excerpt.described(pattern)) cannot be matched, as it is not a string")
        }
        self.subject = subject
        bytes = Array(subject.utf8)
        var options: RegularExpression.Options = [.unicodeClasses]
        var isGlobal = isGlobal
        var skipsEmpty = false
        if !flags.isNull {
            guard case .string(let letters) = flags else {
                throw .raised("\(Excerpt.described(flags)) is not a string")
            }
            for letter in letters.utf8 {
                switch letter {
                case UInt8(ascii: "g"): isGlobal = true
                case UInt8(ascii: "i"): options.insert(.ignoresCase)
                case UInt8(ascii: "x"): options.insert(.extended)
                case UInt8(ascii: "p"): options.insert(.dotMatchesLineEnds)
                case UInt8(ascii: "n"): skipsEmpty = true
                // `^` and `$` are the ends of the text anyway; the longest match is PCRE2's leftmost one.
                case UInt8(ascii: "s"), UInt8(ascii: "l"): break
                default: throw .raised("\(letters) is not a valid modifier string")
                }
            }
        }
        self.isGlobal = isGlobal
        self.skipsEmpty = skipsEmpty
        do {
            expression = try PatternCache.expression(source, options)
        } catch {
            throw .raised("\(source) (at offset \(error.offset)) is not a valid regex: \(error.message)")
        }
    }

    func matches(_ budget: inout Budget, limit: Int = .max) throws(JQError) -> [RegularExpression.Match] {
        var found: [RegularExpression.Match] = []
        var start = 0
        while found.count < limit, start <= bytes.count {
            guard let match = try firstMatch(from: start, &budget) else {
                try budget.spend((bytes.count - start) >> 3)
                break
            }
            try budget.spend((match.range.upperBound - start) >> 3)
            start = match.range.upperBound
            if match.range.isEmpty {
                start += 1
                while start < bytes.count, bytes[start] & 0xC0 == 0x80 { start += 1 }
            }
            if skipsEmpty, match.range.isEmpty { continue }
            try budget.allocate(match.captures.count * 512)
            found.append(match)
            if !isGlobal { break }
        }
        return found
    }

    /// PCRE2 does not tell what a search took. So it is first given few steps, then, where they do not do, sixteen
    /// times as many: what is paid stays in proportion to the work.
    private func firstMatch(from start: Int, _ budget: inout Budget) throws(JQError) -> RegularExpression.Match? {
        var steps: UInt32 = 1000
        try budget.spend(64)
        while true {
            do throws(RegularExpressionError) {
                return try expression.firstMatch(in: subject, from: start, steps: steps)
            } catch {
                try budget.spend(Int(steps) * 2)
                guard steps < RegularExpression.stepLimit else { throw JQError(.fuel, "\(error)") }
                steps = min(RegularExpression.stepLimit, steps * 16)
            }
        }
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// What `match` gives; positions count scalars.
    func described(_ match: RegularExpression.Match, _ counter: inout ScalarCounter) -> JSONValue {
        var result = place(match.range, &counter)
        var captures: [JSONValue] = []
        for (name, range) in zip(expression.captureNames, match.captures.dropFirst()) {
            var capture: JSONObject
            if let range {
                capture = place(range, &counter)
            } else {
                capture = ["offset": -1, "length": 0, "string": nil]
            }
            capture["name"] = name.map { .string($0) } ?? .null
            captures.append(.object(capture))
        }
        result["captures"] = .array(captures)
        return .object(result)
    }

    private func place(_ range: Range<Int>, _ counter: inout ScalarCounter) -> JSONObject {
        let text = text(range)
        var place = JSONObject()
        place["offset"] = .integer(Int64(counter.scalars(before: range.lowerBound)))
        place["length"] = .integer(Int64(text.unicodeScalars.count))
        place["string"] = .string(text)
        return place
    }
}
