/// RFC 3339 dates and times, and its ISO 8601 durations.
enum DateTimeFormat {
    static func isDateTime(_ text: String) -> Bool {
        var scanner = ByteScanner(text)
        guard scanDate(&scanner), scanner.skips("Tt") else { return false }
        return scanTime(&scanner) && scanner.isAtEnd
    }

    static func isDate(_ text: String) -> Bool {
        var scanner = ByteScanner(text)
        return scanDate(&scanner) && scanner.isAtEnd
    }

    static func isTime(_ text: String) -> Bool {
        var scanner = ByteScanner(text)
        return scanTime(&scanner) && scanner.isAtEnd
    }

    private static func scanDate(_ scanner: inout ByteScanner) -> Bool {
        guard let year = scanner.number(digits: 4), scanner.skips("-"), let month = scanner.number(digits: 2),
            scanner.skips("-"), let day = scanner.number(digits: 2)
        else { return false }
        let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...12).contains(month) && (1...days[month - 1]).contains(day)
    }

    /// A leap second is one only where it is 23:59:60 in UTC.
    private static func scanTime(_ scanner: inout ByteScanner) -> Bool {
        guard let hour = scanner.number(digits: 2), hour < 24, scanner.skips(":"),
            let minute = scanner.number(digits: 2), minute < 60, scanner.skips(":"),
            let second = scanner.number(digits: 2), second <= 60
        else { return false }
        if scanner.skips("."), scanner.skipAll(where: \.isDigit) == 0 { return false }
        var offset = 0
        if !scanner.skips("Zz") {
            let isEast = scanner.skips("+")
            guard isEast || scanner.skips("-"), let hours = scanner.number(digits: 2), hours < 24,
                scanner.skips(":"), let minutes = scanner.number(digits: 2), minutes < 60
            else { return false }
            offset = (hours * 60 + minutes) * (isEast ? 1 : -1)
        }
        let minutesOfDay = 24 * 60
        let utc = (hour * 60 + minute - offset + minutesOfDay) % minutesOfDay
        return second < 60 || utc == minutesOfDay - 1
    }

    /// `P1Y2M3DT4H5M6S` with gaps only at either end of each half, or `P2W`.
    static func isDuration(_ text: String) -> Bool {
        var scanner = ByteScanner(text)
        guard scanner.skips("P") else { return false }
        guard let date = scanUnits("YMDW", &scanner) else { return false }
        if date.contains("W") { return date == "W" && scanner.isAtEnd }
        guard scanner.skips("T") else { return !date.isEmpty && scanner.isAtEnd && "YMD".contains(date) }
        guard let time = scanUnits("HMS", &scanner), !time.isEmpty else { return false }
        return scanner.isAtEnd && "HMS".contains(time) && "YMD".contains(date)
    }

    /// The units that follow numbers, or nil for a number without one of them.
    private static func scanUnits(_ allowed: String, _ scanner: inout ByteScanner) -> String? {
        var units = ""
        while scanner.skipAll(where: \.isDigit) > 0 {
            guard let unit = allowed.first(where: { scanner.skips(String($0)) }) else { return nil }
            units.append(unit)
        }
        return units
    }
}

/// Reads ASCII from the start of a text.
struct ByteScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    /// Steps over the next byte if it is one of these.
    mutating func skips(_ bytes: String) -> Bool {
        guard let first = rest.first, bytes.utf8.contains(first) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func skipAll(where matches: (UInt8) -> Bool) -> Int {
        let count = rest.prefix(while: matches).count
        rest.removeFirst(count)
        return count
    }

    /// A number of exactly so many digits.
    mutating func number(digits: Int) -> Int? {
        let text = rest.prefix(digits)
        guard text.count == digits, text.allSatisfy(\.isDigit) else { return nil }
        rest.removeFirst(digits)
        return text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}
