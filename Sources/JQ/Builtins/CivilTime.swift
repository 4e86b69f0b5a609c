/// A moment in UTC, broken down as C's `struct tm` has it: months and weekdays from 0, the day of the year from 0.
struct CivilTime {
    var year: Int
    var month: Int
    var day: Int
    var hour = 0
    var minute = 0
    var second = 0.0

    /// The proleptic Gregorian calendar, counted in eras of 400 years that begin with March.
    init(seconds: Double) {
        let whole = Int(seconds.rounded(.down))
        let days = whole >= 0 ? whole / 86_400 : (whole - 86_399) / 86_400
        let rest = whole - days * 86_400
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 2 : monthFromMarch - 10
        year = yearOfEra + era * 400 + (month <= 1 ? 1 : 0)
        hour = rest / 3600
        minute = rest / 60 % 60
        second = Double(rest % 60) + (seconds - seconds.rounded(.down))
    }

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Since 1970-01-01; parts out of their range carry over.
    var daysSinceEpoch: Int {
        let monthsCarried = month >= 0 ? month / 12 : (month - 11) / 12
        let month = month - monthsCarried * 12
        let year = year + monthsCarried - (month <= 1 ? 1 : 0)
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 1 ? month - 2 : month + 10) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    var seconds: Double {
        Double(daysSinceEpoch) * 86_400 + Double(hour) * 3600 + Double(minute) * 60 + second.rounded(.down)
    }

    /// 0 is Sunday.
    var weekday: Int {
        let remainder = (daysSinceEpoch + 4) % 7
        return remainder < 0 ? remainder + 7 : remainder
    }

    var dayOfYear: Int { daysSinceEpoch - CivilTime(year: year, month: 0, day: 1).daysSinceEpoch }

    /// ISO 8601: weeks begin on Monday, and the first one holds January 4th.
    var isoWeek: (year: Int, week: Int) {
        let thursday = daysSinceEpoch - (weekday + 6) % 7 + 3
        let time = CivilTime(seconds: Double(thursday) * 86_400)
        return (time.year, time.dayOfYear / 7 + 1)
    }

    static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}

// MARK: Printing

extension CivilTime {
    /// As `strftime` in the C locale, in UTC; nil for a conversion that is not known.
    func formatted(_ format: String) -> String? {
        var output = ""
        var scalars = format.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "%" else {
                output.unicodeScalars.append(scalar)
                continue
            }
            var conversion = scalars.next()
            if conversion == "E" || conversion == "O" || conversion == "-" { conversion = scalars.next() }
            guard let conversion, let text = text(of: conversion) else { return nil }
            output += text
        }
        return output
    }

    private func text(of conversion: Unicode.Scalar) -> String? {
        func padded(_ number: Int, _ width: Int, _ pad: Character = "0") -> String {
            let digits = String(number.magnitude)
            return (number < 0 ? "-" : "") + String(repeating: pad, count: max(0, width - digits.count)) + digits
        }
        let hour12 = hour % 12 == 0 ? 12 : hour % 12
        let second = Int(second)
        switch conversion {
        case "%": return "%"
        case "n": return "\n"
        case "t": return "\t"
        case "Y": return String(year)
        case "C": return padded(Int((Double(year) / 100).rounded(.down)), 2)
        case "y": return padded(((year % 100) + 100) % 100, 2)
        case "m": return padded(month + 1, 2)
        case "d": return padded(day, 2)
        case "e": return padded(day, 2, " ")
        case "H": return padded(hour, 2)
        case "k": return padded(hour, 2, " ")
        case "I": return padded(hour12, 2)
        case "l": return padded(hour12, 2, " ")
        case "M": return padded(minute, 2)
        case "S": return padded(second, 2)
        case "p": return hour < 12 ? "AM" : "PM"
        case "P": return hour < 12 ? "am" : "pm"
        case "j": return padded(dayOfYear + 1, 3)
        case "A": return Self.weekdays[weekday]
        case "a": return String(Self.weekdays[weekday].prefix(3))
        case "B": return Self.months[month]
        case "b", "h": return String(Self.months[month].prefix(3))
        case "u": return String(weekday == 0 ? 7 : weekday)
        case "w": return String(weekday)
        case "U": return padded((dayOfYear + 7 - weekday) / 7, 2)
        case "W": return padded((dayOfYear + 7 - (weekday + 6) % 7) / 7, 2)
        case "V": return padded(isoWeek.week, 2)
        case "G": return String(isoWeek.year)
        case "g": return padded(((isoWeek.year % 100) + 100) % 100, 2)
        case "Z": return "UTC"
        case "z": return "+0000"
        case "s": return String(Int(seconds))
        case "D", "x": return formatted("%m/%d/%y")
        case "F": return formatted("%Y-%m-%d")
        case "T", "X": return formatted("%H:%M:%S")
        case "R": return formatted("%H:%M")
        case "r": return formatted("%I:%M:%S %p")
        case "c": return formatted("%a %b %e %H:%M:%S %Y")
        default: return nil
        }
    }
}

// MARK: Parsing

extension CivilTime {
    /// As `strptime` in the C locale; nil where the text does not fit.
    init?(_ text: String, format: String) {
        self.init(year: 1900, month: 0, day: 0)
        var parser = CivilTimeParser(Array(text.utf8))
        guard parser.parse(Array(format.utf8)), parser.isAtEnd, let time = parser.time else { return nil }
        self = time
    }
}

private struct CivilTimeParser {
    private let text: [UInt8]
    private var position = 0
    private var fields: [UInt8: Int] = [:]
    private var isAfternoon: Bool?
    private var epoch: Int?

    init(_ text: [UInt8]) { self.text = text }

    var isAtEnd: Bool { position == text.count }

    var time: CivilTime? {
        if let epoch { return CivilTime(seconds: Double(epoch)) }
        var time = CivilTime(year: fields[UInt8(ascii: "Y")] ?? 1900, month: 0, day: fields[UInt8(ascii: "d")] ?? 0)
        time.month = (fields[UInt8(ascii: "m")] ?? 1) - 1
        if let day = fields[UInt8(ascii: "j")], fields[UInt8(ascii: "d")] == nil {
            let date = CivilTime(
                seconds: Double(CivilTime(year: time.year, month: 0, day: day).daysSinceEpoch) * 86_400)
            time.month = date.month
            time.day = date.day
        }
        time.hour = fields[UInt8(ascii: "H")] ?? 0
        if let isAfternoon { time.hour = time.hour % 12 + (isAfternoon ? 12 : 0) }
        time.minute = fields[UInt8(ascii: "M")] ?? 0
        time.second = Double(fields[UInt8(ascii: "S")] ?? 0)
        return time
    }

    mutating func parse(_ format: [UInt8]) -> Bool {
        var index = 0
        while index < format.count {
            let byte = format[index]
            index += 1
            if Self.isSpace(byte) {
                skipSpaces()
                continue
            }
            guard byte == UInt8(ascii: "%") else {
                guard position < text.count, text[position] == byte else { return false }
                position += 1
                continue
            }
            if index < format.count, format[index] == UInt8(ascii: "E") || format[index] == UInt8(ascii: "O") {
                index += 1
            }
            guard index < format.count, convert(format[index]) else { return false }
            index += 1
        }
        return true
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

    private mutating func skipSpaces() {
        while position < text.count, Self.isSpace(text[position]) { position += 1 }
    }

    private mutating func number(_ digits: Int, _ range: ClosedRange<Int>) -> Int? {
        skipSpaces()
        let start = position
        var value = 0
        while position < text.count, position - start < digits, text[position] >= 48, text[position] <= 57 {
            value = value * 10 + Int(text[position] - 48)
            position += 1
        }
        return position > start && range.contains(value) ? value : nil
    }

    private mutating func set(_ field: Character, _ digits: Int, _ range: ClosedRange<Int>) -> Bool {
        guard let value = number(digits, range), let key = field.asciiValue else { return false }
        fields[key] = value
        return true
    }

    private mutating func name(of names: [String]) -> Int? {
        for (index, name) in names.enumerated() {
            for candidate in [name, String(name.prefix(3))] {
                let part = text[position...].prefix(candidate.utf8.count)
                if String(decoding: part, as: UTF8.self).lowercased() == candidate.lowercased() {
                    position += part.count
                    return index
                }
            }
        }
        return nil
    }

    private mutating func convert(_ conversion: UInt8) -> Bool {
        switch Character(Unicode.Scalar(conversion)) {
        case "Y": return set("Y", 4, 0...9999)
        case "y":
            guard let year = number(2, 0...99) else { return false }
            fields[UInt8(ascii: "Y")] = year < 69 ? 2000 + year : 1900 + year
        case "m": return set("m", 2, 1...12)
        case "d", "e": return set("d", 2, 1...31)
        case "H", "k": return set("H", 2, 0...23)
        case "I", "l":
            if isAfternoon == nil { isAfternoon = false }
            return set("H", 2, 1...12)
        case "M": return set("M", 2, 0...59)
        case "S": return set("S", 2, 0...61)
        case "j": return set("j", 3, 1...366)
        case "p", "P":
            guard let half = name(of: ["AM", "PM"]) else { return false }
            isAfternoon = half == 1
        case "a", "A": return name(of: CivilTime.weekdays) != nil
        case "b", "B", "h":
            guard let month = name(of: CivilTime.months) else { return false }
            fields[UInt8(ascii: "m")] = month + 1
        case "u": return number(1, 1...7) != nil
        case "w": return number(1, 0...6) != nil
        case "U", "W", "V": return number(2, 0...53) != nil
        case "Z": while position < text.count, Character(Unicode.Scalar(text[position])).isLetter { position += 1 }
        case "z": return zone()
        case "s":
            guard let seconds = number(15, 0...Int.max) else { return false }
            epoch = seconds
        case "n", "t": skipSpaces()
        case "%":
            guard position < text.count, text[position] == UInt8(ascii: "%") else { return false }
            position += 1
        case "T": return parse(Array("%H:%M:%S".utf8))
        case "R": return parse(Array("%H:%M".utf8))
        case "D": return parse(Array("%m/%d/%y".utf8))
        case "F": return parse(Array("%Y-%m-%d".utf8))
        case "r": return parse(Array("%I:%M:%S %p".utf8))
        case "c": return parse(Array("%a %b %e %H:%M:%S %Y".utf8))
        default: return false
        }
        return true
    }

    /// An offset is read and, as in C, takes no part.
    private mutating func zone() -> Bool {
        skipSpaces()
        guard position < text.count else { return false }
        if text[position] == UInt8(ascii: "Z") {
            position += 1
            return true
        }
        guard text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") else { return false }
        position += 1
        guard number(2, 0...99) != nil else { return false }
        if position < text.count, text[position] == UInt8(ascii: ":") { position += 1 }
        if position < text.count, text[position] >= 48, text[position] <= 57 { return number(2, 0...59) != nil }
        return true
    }
}
