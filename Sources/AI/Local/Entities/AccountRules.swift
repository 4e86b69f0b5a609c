/// Payment cards: issuer, length and Luhn's check digit (ISO/IEC 7812-1).
enum CardRule {
    static func card(_ text: ScalarText, at start: Int) -> EntityMatch? {
        var digits: [Int] = []
        var index = start
        var end: Int?
        while digits.count < 19 {
            let value = text[index]
            if isDigit(value) {
                digits.append(Int(value - 0x30))
                // At the end of a group: an expiry date or a code may follow the number.
                if !isDigit(text[index + 1]), !isASCIILetter(text[index + 1]), isIssued(digits), passesLuhn(digits) {
                    end = index + 1
                }
            } else if !(value == 0x20 || value == 0x2D || value == 0xA0) || !isDigit(text[index + 1]) {
                break
            }
            index += 1
        }
        return end.map { EntityMatch(.card, start..<$0, 0.95) }
    }

    static func passesLuhn(_ digits: [Int]) -> Bool {
        var sum = 0
        for (index, digit) in digits.reversed().enumerated() {
            let doubled = digit * 2
            sum += index % 2 == 0 ? digit : doubled > 9 ? doubled - 9 : doubled
        }
        return sum % 10 == 0
    }

    /// The issuers' prefixes and lengths.
    static func isIssued(_ digits: [Int]) -> Bool {
        guard (13...19).contains(digits.count), digits.contains(where: { $0 != digits[0] }) else { return false }
        let two = digits[0] * 10 + digits[1]
        let four = two * 100 + digits[2] * 10 + digits[3]
        switch four {
        case 4000...4999: return digits.count == 13 || digits.count == 16 || digits.count == 19
        case 5100...5599, 2221...2720: return digits.count == 16
        case 3400...3499, 3700...3799: return digits.count == 15
        case 3000...3059, 3600...3699, 3800...3999: return (14...19).contains(digits.count)
        case 3528...3589, 6011, 6440...6599, 6200...6299: return (16...19).contains(digits.count)
        case 1800, 2131: return digits.count == 15  // JCB's first
        case 5018, 5020, 5038, 5893, 6304, 6759, 6761...6763: return true  // Maestro
        default: return false
        }
    }

    /// All digits but the last four as `*`; as long as the original.
    static func masked(_ number: String) -> String {
        var left = number.unicodeScalars.count { isDigit($0.value) }
        var result = String.UnicodeScalarView()
        for scalar in number.unicodeScalars {
            if isDigit(scalar.value) {
                result.append(left > 4 ? "*" : scalar)
                left -= 1
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }
}

/// International bank account numbers (ISO 13616): the country's length and a remainder of 1 modulo 97.
enum IBANRule {
    static func iban(_ text: ScalarText, at start: Int) -> EntityMatch? {
        guard isCapital(text[start]), isCapital(text[start + 1]), isDigit(text[start + 2]), isDigit(text[start + 3])
        else { return nil }
        guard let length = lengths[text.string(start..<start + 2)] else { return nil }
        var characters: [UInt32] = []
        var index = start
        while characters.count < length {
            let value = text[index]
            if isCapital(value) || isDigit(value) {
                characters.append(value)
            } else if value != 0x20 && value != 0xA0 || text[index - 1] == value {
                return nil
            }
            index += 1
        }
        guard !isASCIILetter(text[index]), !isDigit(text[index]), remainder(characters) == 1 else { return nil }
        return EntityMatch(.iban, start..<index, 0.99)
    }

    /// Of the rearranged number modulo 97, letters counting from 10.
    static func remainder(_ characters: [UInt32]) -> Int {
        var remainder = 0
        for value in characters.dropFirst(4) + characters.prefix(4) {
            remainder =
                isDigit(value)
                ? (remainder * 10 + Int(value) - 0x30) % 97 : (remainder * 100 + Int(value) - 0x41 + 10) % 97
        }
        return remainder
    }

    private static func isCapital(_ value: UInt32) -> Bool { value >= 0x41 && value <= 0x5A }

    private static let lengths: [String: Int] = [
        "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
        "CH": 21, "CR": 22,
        "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
        "GB": 22, "GE": 22,
        "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27,
        "JO": 30, "KW": 30,
        "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22,
        "MK": 19, "MR": 27,
        "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
        "SA": 24, "SC": 31,
        "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22,
        "VG": 24, "XK": 20,
    ]
}
