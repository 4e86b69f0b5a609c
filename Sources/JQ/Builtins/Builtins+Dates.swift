import JSON

/// Times are UTC: the machine's own zone is part of the environment, which programs do not see.
extension Builtins {
    static let dates: Table = [
        ("gmtime", .unary { value, _ throws(JQError) in try brokenDown(value, "gmtime") }),
        ("localtime", .unary { value, _ throws(JQError) in try brokenDown(value, "localtime") }),
        (
            "mktime",
            .unary { value, _ throws(JQError) in
                guard case .array = value else { throw .raised("mktime requires array of 6 numbers") }
                return .number(try time(from: value, "mktime").seconds)
            }
        ),
        (
            "strftime",
            .binary { value, format, budget throws(JQError) in try printed(value, format, "strftime/1", &budget) }
        ),
        (
            "strflocaltime",
            .binary { value, format, budget throws(JQError) in try printed(value, format, "strflocaltime/1", &budget) }
        ),
        (
            "strptime",
            .binary { value, format, budget throws(JQError) in
                guard case .string(let text) = value, case .string(let pattern) = format else {
                    throw .raised("strptime/1 requires string inputs and arguments")
                }
                try budget.spend(text.utf8.count + pattern.utf8.count)
                guard let time = CivilTime(text, format: pattern) else {
                    throw .raised("date \"\(text)\" does not match format \"\(pattern)\"")
                }
                return array(of: time)
            }
        ),
    ]

    /// Years beyond this have no calendar worth printing, and their seconds would not fit.
    private static let secondsLimit = 1e14

    private static func array(of time: CivilTime) -> JSONValue {
        .array([
            .integer(Int64(time.year)), .integer(Int64(time.month)), .integer(Int64(time.day)),
            .integer(Int64(time.hour)), .integer(Int64(time.minute)), .number(time.second),
            .integer(Int64(time.weekday)), .integer(Int64(time.dayOfYear)),
        ])
    }

    private static func brokenDown(_ value: JSONValue, _ name: String) throws(JQError) -> JSONValue {
        guard let seconds = value.double else { throw .raised("\(name)() requires numeric inputs") }
        guard abs(seconds) < secondsLimit else {
            throw .raised("error converting number of seconds since epoch to datetime")
        }
        return array(of: CivilTime(seconds: seconds))
    }

    private static func time(from value: JSONValue, _ name: String) throws(JQError) -> CivilTime {
        var parts: [Double] = []
        for element in (value.array ?? []).prefix(8) {
            guard let number = element.double, abs(number) < 1e12 else {
                throw .raised("\(name) requires parsed datetime inputs")
            }
            parts.append(number)
        }
        guard parts.count > 0 else { throw .raised("\(name) requires parsed datetime inputs") }
        func part(_ index: Int, _ missing: Int) -> Int { parts.indices.contains(index) ? Int(parts[index]) : missing }
        var time = CivilTime(year: part(0, 0), month: part(1, 0), day: part(2, 1))
        time.hour = part(3, 0)
        time.minute = part(4, 0)
        time.second = parts.count > 5 ? parts[5] : 0
        return time
    }

    private static func printed(
        _ value: JSONValue, _ format: JSONValue, _ name: String, _ budget: inout Budget
    ) throws(JQError) -> JSONValue {
        let parsed = value.double == nil ? value : try brokenDown(value, "gmtime")
        guard case .array = parsed else { throw .raised("\(name) requires parsed datetime inputs") }
        guard case .string(let pattern) = format else { throw .raised("\(name) requires a string format") }
        // Seconds bring parts that are out of range into it.
        let seconds = try time(from: parsed, name).seconds
        guard abs(seconds) < secondsLimit else { throw .raised("\(name) requires parsed datetime inputs") }
        try budget.allocate(pattern.utf8.count * 16)
        guard let text = CivilTime(seconds: seconds).formatted(pattern) else {
            throw .raised("\(name): unknown system failure")
        }
        return .string(text)
    }
}
