package import JSON

/// Reads durations as documents and expressions give them, in milliseconds.
///
/// An object of `days`, `hours`, `minutes`, `seconds`, `milliseconds` (non-negative integers, at least one of them), or
/// an ISO 8601 text such as `PT1M30.5S`. Years and months have no fixed length and are refused. The longest duration
/// is a hundred years of 365 days: every sum of two stays far from overflow.
package enum DurationValue {
    package struct Problem: Error, Sendable {
        /// What is wrong and what would be right.
        package var message: String
    }

    package static let longest: Int64 = 100 * 365 * 86_400_000

    package static func milliseconds(of value: JSONValue) throws(Problem) -> Int64 {
        switch value {
        case .string(let text): return try milliseconds(iso8601: text)
        case .object(let object): return try milliseconds(of: object)
        default:
            throw Problem(
                message: "expected a duration, such as { seconds: 30 } or PT30S, found \(article(value.typeName))")
        }
    }

    static let units: [(name: String, milliseconds: Int64)] = [
        ("days", 86_400_000), ("hours", 3_600_000), ("minutes", 60_000), ("seconds", 1_000), ("milliseconds", 1),
    ]

    private static func milliseconds(of object: JSONObject) throws(Problem) -> Int64 {
        var total: Int64 = 0
        var found = false
        for (key, value) in object {
            guard let unit = units.first(where: { $0.name == key }) else {
                let hint = nearest(key, in: units.map(\.name)).map { ", did you mean '\($0)'?" } ?? "."
                throw Problem(
                    message:
                        "unknown unit '\(abridged(key))'\(hint) A duration has days, hours, minutes, seconds and milliseconds"
                )
            }
            guard let amount = value.integer, amount >= 0 else {
                throw Problem(message: "'\(key)' must be a non-negative integer")
            }
            let (product, overflow) = amount.multipliedReportingOverflow(by: unit.milliseconds)
            guard !overflow, product <= longest, total + product <= longest else { throw tooLong }
            total += product
            found = true
        }
        guard found else {
            throw Problem(
                message: "an empty duration; give at least one of days, hours, minutes, seconds, milliseconds")
        }
        return total
    }

    /// `P[nW][nD][T[nH][nM][nS]]`, each n with an optional decimal fraction; designators in this order.
    package static func milliseconds(iso8601 text: String) throws(Problem) -> Int64 {
        let malformed = Problem(
            message: "'\(abridged(text))' is no ISO 8601 duration; write it like PT30S, PT1H30M or P1DT12H")
        var rest = Substring(text)[...].utf8
        guard rest.count <= 64, rest.popFirst() == UInt8(ascii: "P"), !rest.isEmpty else { throw malformed }
        var designators: [(UInt8, Int64)] = [
            (UInt8(ascii: "W"), 604_800_000), (UInt8(ascii: "D"), 86_400_000),
        ]
        var inTime = false
        var total = 0.0
        while let first = rest.first {
            if first == UInt8(ascii: "T") {
                rest = rest.dropFirst()
                guard !inTime, !rest.isEmpty else { throw malformed }
                inTime = true
                designators = [(UInt8(ascii: "H"), 3_600_000), (UInt8(ascii: "M"), 60_000), (UInt8(ascii: "S"), 1_000)]
                continue
            }
            let number = rest.prefix { ($0 >= 48 && $0 <= 57) || $0 == UInt8(ascii: ".") }
            rest = rest.dropFirst(number.count)
            guard number.first != UInt8(ascii: "."), number.last != UInt8(ascii: "."),
                let amount = Double(String(Substring(number))), let designator = rest.popFirst()
            else { throw malformed }
            guard let index = designators.firstIndex(where: { $0.0 == designator }) else {
                if !inTime, designator == UInt8(ascii: "Y") || designator == UInt8(ascii: "M") {
                    throw Problem(
                        message:
                            "'\(abridged(text))' has years or months, which have no fixed length; give weeks, days or less"
                    )
                }
                throw malformed
            }
            total += amount * Double(designators[index].1)
            designators.removeSubrange(...index)
        }
        guard total <= Double(longest) else { throw tooLong }
        return Int64(total.rounded())
    }

    private static var tooLong: Problem { Problem(message: "a duration of more than a hundred years") }
}
