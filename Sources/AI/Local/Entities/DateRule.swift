/// Dates that exist, in the commonest written forms.
enum DateRule {
    /// `2026-03-15`, with a time or without; `15.03.2026`, `15/03/2026`, `03/15/2026`; `2026年3月15日`.
    static func numeric(_ text: ScalarText, at start: Int) -> EntityMatch? {
        var index = start
        guard let first = number(text, &index, digits: 1...4) else { return nil }
        let length = index - start
        let separator = text[index]
        if length == 4, separator == 0x5E74 { return eastAsian(text, start, year: first, from: index) }
        guard separator == 0x2D || separator == 0x2F || separator == 0x2E else { return nil }
        index += 1
        guard let second = number(text, &index, digits: 1...2), text[index] == separator else { return nil }
        index += 1
        let third = index
        if length == 4 {
            guard let day = number(text, &index, digits: 1...2), isDate(first, second, day), ends(text, index) else {
                return nil
            }
            return EntityMatch(.date, start..<timeEnd(text, index), 0.98)
        }
        guard length <= 2, var year = number(text, &index, digits: 2...4), index - third != 3, ends(text, index) else {
            return nil
        }
        let short = index - third == 2
        if short { year += 2000 }
        let dayFirst = isDate(year, second, first)
        let monthFirst = separator != 0x2E && isDate(year, first, second)
        guard dayFirst || monthFirst else { return nil }
        // "1.2.26" is a version or a section more often than a date.
        if short, separator == 0x2E, third - start < 6 { return nil }
        let ambiguous = dayFirst && monthFirst && first != second
        return EntityMatch(.date, start..<timeEnd(text, index), short ? 0.75 : ambiguous ? 0.85 : 0.97)
    }

    /// `15 March 2026`, `15th of March 2026`, `15. März 2026`, `15 March`.
    static func dayFirst(_ text: ScalarText, at start: Int) -> EntityMatch? {
        var index = start
        guard let day = number(text, &index, digits: 1...2), (1...31).contains(day) else { return nil }
        skipOrdinal(text, &index)
        guard skipSpace(text, &index) || text[index] == 0x2D else { return nil }
        if text[index] == 0x2D { index += 1 }
        if text.matches("of ", at: index) || text.matches("de ", at: index) { index += 3 }
        guard let month = month(text, &index) else { return nil }
        return withYear(text, start, month: month, day: day, from: index)
    }

    /// `March 15, 2026`, `March 15th`, `March 2026`.
    static func monthFirst(_ text: ScalarText, at start: Int) -> EntityMatch? {
        var index = start
        guard let month = month(text, &index), skipSpace(text, &index) else { return nil }
        let digits = index
        guard let value = number(text, &index, digits: 1...4) else { return nil }
        if index - digits == 4 {
            guard isDate(value, month, 1), ends(text, index) else { return nil }
            return EntityMatch(.date, start..<index, 0.9)
        }
        guard index - digits <= 2, (1...31).contains(value) else { return nil }
        skipOrdinal(text, &index)
        if text[index - 1] == 0x2E { index -= 1 }
        return withYear(text, start, month: month, day: value, from: index)
    }

    static func isDate(_ year: Int, _ month: Int, _ day: Int) -> Bool {
        guard (1000...2999).contains(year), (1...12).contains(month), day >= 1 else { return false }
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        let length = month == 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
        return day <= length
    }

    // MARK: - Parts

    private static func withYear(
        _ text: ScalarText, _ start: Int, month: Int, day: Int, from end: Int
    ) -> EntityMatch? {
        var index = end
        if text[index] == 0x2C || text[index] == 0x2E || text[index] == 0x2D { index += 1 }
        _ = skipSpace(text, &index)
        if text.matches("de ", at: index) { index += 3 }
        let digits = index
        if let year = number(text, &index, digits: 4...4), index - digits == 4, ends(text, index) {
            return isDate(year, month, day) ? EntityMatch(.date, start..<index, 0.98) : nil
        }
        guard isDate(2000, month, day), ends(text, end) else { return nil }
        return EntityMatch(.date, start..<end, 0.7)
    }

    private static func eastAsian(_ text: ScalarText, _ start: Int, year: Int, from mark: Int) -> EntityMatch? {
        var index = mark + 1
        guard let month = number(text, &index, digits: 1...2), text[index] == 0x6708 else { return nil }
        index += 1
        guard let day = number(text, &index, digits: 1...2), text[index] == 0x65E5, isDate(year, month, day) else {
            return nil
        }
        return EntityMatch(.date, start..<index + 1, 0.98)
    }

    private static func number(_ text: ScalarText, _ index: inout Int, digits: ClosedRange<Int>) -> Int? {
        let start = index
        var value = 0
        while isDigit(text[index]), index - start <= digits.upperBound {
            value = value * 10 + Int(text[index] - 0x30)
            index += 1
        }
        return digits.contains(index - start) ? value : nil
    }

    private static func ends(_ text: ScalarText, _ index: Int) -> Bool {
        let value = text[index]
        if isDigit(value) || (isASCIILetter(value) && lowercased(value) != 0x74) { return false }
        return !((value == 0x2D || value == 0x2F || value == 0x2E) && isDigit(text[index + 1]))
    }

    /// Past `T10:00`, ` 10:00:30.5`, and a zone.
    private static func timeEnd(_ text: ScalarText, _ end: Int) -> Int {
        var index = end
        guard text[index] == 0x54 || text[index] == 0x20 else { return end }
        index += 1
        guard let hour = number(text, &index, digits: 2...2), hour < 24, text[index] == 0x3A else { return end }
        index += 1
        guard let minute = number(text, &index, digits: 2...2), minute < 60 else { return end }
        if text[index] == 0x3A, isDigit(text[index + 1]), isDigit(text[index + 2]) {
            index += 3
            if text[index] == 0x2E, isDigit(text[index + 1]) {
                index += 1
                let fraction = index
                while isDigit(text[index]), index - fraction < 9 { index += 1 }
            }
        }
        if text[index] == 0x5A { return index + 1 }
        if text[index] == 0x2B || text[index] == 0x2D, isDigit(text[index + 1]), isDigit(text[index + 2]),
            text[index + 3] == 0x3A,
            isDigit(text[index + 4]), isDigit(text[index + 5])
        {
            return index + 6
        }
        return index
    }

    private static func skipOrdinal(_ text: ScalarText, _ index: inout Int) {
        if text[index] == 0x2E || text[index] == 0xBA {
            index += 1
        } else if text.matches("st", at: index) || text.matches("nd", at: index) || text.matches("rd", at: index)
            || text.matches("th", at: index)
        {
            if !isLetter(text[index + 2]) { index += 2 }
        }
    }

    /// One blank or line end.
    private static func skipSpace(_ text: ScalarText, _ index: inout Int) -> Bool {
        guard isSpace(text[index]) else { return false }
        index += 1
        return true
    }

    private static func month(_ text: ScalarText, _ index: inout Int) -> Int? {
        let start = index
        var end = start
        while end - start <= 10, isLetter(text[end]) { end += 1 }
        guard end - start >= 3, let month = months[termHash((start..<end).lazy.map { lowercased(text[$0]) })] else {
            return nil
        }
        if text[end] == 0x2E, end - start <= 4 { end += 1 }
        index = end
        return month
    }

    private static let months: [UInt64: Int] = {
        let names = [
            "january jan januar janvier enero", "february feb februar février febrero", "march mar märz mars marzo mär",
            "april apr avril abril", "may mai mayo", "june jun juni juin junio", "july jul juli juillet julio",
            "august aug août agosto", "september sep sept septembre septiembre",
            "october oct oktober okt octobre octubre",
            "november nov novembre noviembre", "december dec dezember dez décembre diciembre",
        ]
        var months: [UInt64: Int] = [:]
        for (index, list) in names.enumerated() {
            for name in list.split(separator: " ") { months[termHash(name.unicodeScalars.map(\.value))] = index + 1 }
        }
        return months
    }()
}
