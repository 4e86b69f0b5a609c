import Foundation

/// Local time of a zone, daylight saving included. Moments are seconds since 1970.
struct LocalClock: Sendable {
    private let zone: TimeZone

    /// nil for a name that is no zone.
    init?(_ name: String) {
        guard name == "UTC" || name.contains("/"), let zone = TimeZone(identifier: name) else { return nil }
        self.zone = zone
    }

    func offset(at moment: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment))))
    }

    /// Seconds of the local clock since a Monday at 00:00, below a week.
    func secondOfWeek(_ moment: Int64) -> Int64 {
        // 1970-01-01 was a Thursday.
        let second = (moment + offset(at: moment) + 3 * 86_400) % Self.week
        return second < 0 ? second + Self.week : second
    }

    func hourOfWeek(_ moment: Int64) -> Int { Int(secondOfWeek(moment) / 3600) }

    /// The next moment at which the local clock begins an hour.
    func nextHour(after moment: Int64) -> Int64 {
        let next = moment + 3600 - secondOfWeek(moment) % 3600
        // The clock may have been changed in between, by part of an hour as well.
        let minutes = secondOfWeek(next) % 3600
        return minutes == 0 ? next : next + 3600 - minutes
    }

    /// `2027-03-29T09:00:00+02:00`.
    func text(_ moment: Int64) -> String {
        let offset = offset(at: moment)
        let sign = offset < 0 ? "-" : "+"
        let (hours, minutes) = (abs(offset) / 3600, abs(offset) % 3600 / 60)
        return RFC3339.text(moment + offset).dropLast() + "\(sign)\(two(hours)):\(two(minutes))"
    }

    static let week: Int64 = 7 * 86_400
}

/// Times of the day between which nothing is sent; the end may lie on the next day.
struct QuietHours: Sendable {
    let start: Int64
    let end: Int64

    /// The seconds until they end; 0 outside of them.
    func remaining(atSecondOfDay second: Int64) -> Int64 {
        if start == end { return 0 }
        if start < end { return second >= start && second < end ? end - second : 0 }
        if second >= start { return 86_400 - second + end }
        return second < end ? end - second : 0
    }
}

/// `HH:MM` as seconds of the day; nil for anything else.
func secondOfDay(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"),
        let hours = Int64(text.prefix(2)), let minutes = Int64(text.suffix(2)), bytes[0] != UInt8(ascii: "+"),
        (0..<24).contains(hours), (0..<60).contains(minutes)
    else { return nil }
    return hours * 3600 + minutes * 60
}

/// Times as RFC 3339 writes them, to the second.
enum RFC3339 {
    /// Seconds since 1970; nil for what is no time of the years 1970 to 9999. Fractions are cut off.
    static func moment(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard (20...40).contains(bytes.count), bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[13] == 0x3A, bytes[16] == 0x3A,
            [0x54, 0x74, 0x20].contains(bytes[10]),
            let year = number(bytes, 0, 4), let month = number(bytes, 5, 2), let day = number(bytes, 8, 2),
            let hour = number(bytes, 11, 2), let minute = number(bytes, 14, 2), let second = number(bytes, 17, 2),
            year >= 1970, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var place = 19
        if bytes[place] == 0x2E {
            place += 1
            let start = place
            while place < bytes.count, (0x30...0x39).contains(bytes[place]) { place += 1 }
            guard place > start else { return nil }
        }
        var offset: Int64 = 0
        switch bytes.count - place {
        case 1 where bytes[place] | 0x20 == 0x7A: break  // Z
        case 6 where (bytes[place] == 0x2B || bytes[place] == 0x2D) && bytes[place + 3] == 0x3A:
            guard let hours = number(bytes, place + 1, 2), let minutes = number(bytes, place + 4, 2), hours < 24,
                minutes < 60
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (bytes[place] == 0x2D ? -1 : 1)
        default: return nil
        }
        let date = days(year, month, day)
        guard civil(date) == (year, month, day) else { return nil }
        return date * 86_400 + hour * 3600 + minute * 60 + min(second, 59) - offset
    }

    /// In UTC: `2027-03-29T07:00:00Z`.
    static func text(_ moment: Int64) -> String {
        let day = (moment >= 0 ? moment : moment - 86_399) / 86_400
        let second = moment - day * 86_400
        let date = civil(day)
        let year = String(date.0)
        return String(repeating: "0", count: max(0, 4 - year.count))
            + "\(year)-\(two(date.1))-\(two(date.2))T\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))Z"
    }

    private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int64? {
        var value: Int64 = 0
        for byte in bytes[start..<start + count] {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 0x30)
        }
        return value
    }

    /// Days since 1970-01-01 of the Gregorian calendar; years begin in March, so that the leap day comes last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let ofEra = year - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
        let days = days + 719_468
        let era = days / 146_097
        let ofEra = days - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * month + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9, day)
    }
}

private func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
