/// Amounts of money: a currency and a well-formed number beside each other.
enum MoneyRule {
    /// $ £ ¥ € ₹ ₩ ₽ ₺ ₪ ₫ ₴ ₿ ¢
    static let symbols: Set<UInt32> = [
        0x24, 0xA2, 0xA3, 0xA5, 0x20AC, 0x20B9, 0x20A9, 0x20BD, 0x20BA, 0x20AA, 0x20AB, 0x20B4, 0x20BF,
    ]

    /// `$1,234.50`, `US$ 5 million`, `€ -3,20`.
    static func prefixed(_ text: ScalarText, symbol: Int, after floor: Int) -> EntityMatch? {
        var start = symbol
        while start > floor, symbol - start < 3, text[start - 1] >= 0x41, text[start - 1] <= 0x5A { start -= 1 }
        if isAlphanumeric(text[start - 1]) { start = symbol }
        guard let end = amount(text, after: symbol + 1) else { return nil }
        return EntityMatch(.money, start..<end, 0.96)
    }

    /// `EUR 1.234,50`, `Rs. 500`.
    static func coded(_ text: ScalarText, at start: Int) -> EntityMatch? {
        guard let code = currencyEnd(text, at: start, names: false), let end = amount(text, after: code) else {
            return nil
        }
        return EntityMatch(.money, start..<end, 0.96)
    }

    /// `1 234,50 €`, `5 million dollars`, `12.50 USD`.
    static func suffixed(_ text: ScalarText, at start: Int) -> EntityMatch? {
        guard let digits = numberEnd(text, at: start) else { return nil }
        let scaled = scaleEnd(text, after: digits)
        var index = scaled
        if text[index] == 0x20 || text[index] == 0xA0 || text[index] == 0x202F { index += 1 }
        if symbols.contains(text[index]) {
            // "$5 $6": the second sign belongs to the second number.
            return isDigit(text[index + 1]) ? nil : EntityMatch(.money, start..<index + 1, 0.95)
        }
        guard let end = currencyEnd(text, at: index, names: true) else { return nil }
        return EntityMatch(.money, start..<end, 0.93)
    }

    private static func amount(_ text: ScalarText, after end: Int) -> Int? {
        var index = end
        if text[index] == 0x20 || text[index] == 0xA0 || text[index] == 0x202F { index += 1 }
        if text[index] == 0x2D || text[index] == 0x2212 { index += 1 }
        guard let digits = numberEnd(text, at: index) else { return nil }
        return scaleEnd(text, after: digits)
    }

    /// The end of a number whose groups are well formed: `1234`, `1,234.5`, `1.234,50`, `1 234`, `1'234`, `1,00,000`.
    static func numberEnd(_ text: ScalarText, at start: Int) -> Int? {
        var groups: [(start: Int, length: Int, separator: UInt32)] = []
        var index = start
        var separator: UInt32 = 0
        var end = start
        while groups.count < 8 {
            let group = index
            while isDigit(text[index]), index - group < 16 { index += 1 }
            let length = index - group
            guard length > 0, length < 16 else { break }
            if isBlank(separator), length != 3 || (groups.last.map { $0.length > 3 } ?? false) { break }
            groups.append((group, length, separator))
            end = index
            separator = text[index]
            guard
                separator == 0x2C || separator == 0x2E || separator == 0x27 || separator == 0x2019
                    || isBlank(separator),
                isDigit(text[index + 1])
            else { break }
            index += 1
        }
        guard wellFormed(groups.map { ($0.length, $0.separator) }) else {
            // "5, 6": the first number alone.
            guard let first = groups.first, groups.count > 1, isBlank(groups[1].separator) else { return nil }
            return first.start + first.length
        }
        return end
    }

    private static func wellFormed(_ groups: [(length: Int, separator: UInt32)]) -> Bool {
        guard let first = groups.first else { return false }
        if groups.count == 1 { return true }
        if groups.count == 2 {
            let second = groups[1]
            if second.separator == 0x2E || second.separator == 0x2C { return second.length <= 4 }
            return second.length == 3 && first.length <= 3
        }
        let grouping = groups[1].separator
        let last = groups[groups.count - 1]
        let decimals =
            last.separator != grouping && (last.separator == 0x2E || last.separator == 0x2C) && last.length <= 4
        let whole = decimals ? Array(groups.dropLast()) : groups
        guard first.length <= 3 else { return false }
        for group in whole.dropFirst().dropLast()
        where group.separator != grouping || (group.length != 3 && group.length != 2) {
            return false
        }
        guard whole.count > 1, let end = whole.last else { return true }
        return end.separator == grouping && end.length == 3
    }

    private static func isBlank(_ value: UInt32) -> Bool {
        value == 0x20 || value == 0xA0 || value == 0x202F || value == 0x2009
    }

    /// Past "k", "million", "bn", "Mio.".
    private static func scaleEnd(_ text: ScalarText, after end: Int) -> Int {
        var index = end
        if isBlank(text[index]) { index += 1 }
        var word = index
        while word - index < 9, isASCIILetter(text[word]) { word += 1 }
        guard word > index, !isAlphanumeric(text[word]) else { return end }
        let name = text.string(index..<word).lowercased()
        if index > end, name.count == 1 { return end }
        guard scales.contains(name) else { return end }
        return text[word] == 0x2E && (name == "mio" || name == "mrd") ? word + 1 : word
    }

    private static func currencyEnd(_ text: ScalarText, at start: Int, names: Bool) -> Int? {
        var end = start
        while end - start < 10, isASCIILetter(text[end]) { end += 1 }
        guard end > start, names || end - start <= 3, !isLetter(text[end]) else { return nil }
        let word = text.string(start..<end)
        if codes.contains(word) { return end }
        if !names, word == "Rs" { return text[end] == 0x2E ? end + 1 : end }
        return names && currencies.contains(word.lowercased()) ? end : nil
    }

    private static let scales: Set<String> = [
        "k", "m", "b", "bn", "mn", "tn", "thousand", "million", "millions", "billion", "billions", "trillion", "mio",
        "mrd",
    ]
    private static let codes: Set<String> = [
        "EUR", "USD", "GBP", "CHF", "JPY", "CNY", "INR", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF",
        "RON", "BGN",
        "TRY", "RUB", "UAH", "BRL", "MXN", "ARS", "ZAR", "SGD", "HKD", "KRW", "THB", "IDR", "MYR", "AED", "SAR", "ILS",
        "EGP",
    ]
    private static let currencies: Set<String> = [
        "dollar", "dollars", "euro", "euros", "pound", "pounds", "cent", "cents", "yen", "francs", "franken", "rupees",
        "yuan",
    ]
}
