/// Finds entities by rules that check what they find: a date exists, a card passes Luhn, an IBAN mod 97.
///
/// One pass looks at scalars that can begin or mark something, a second at capitalised words. Every rule reads a
/// bounded stretch, so time is linear in the text. The first `limit` entities are given.
enum EntityFinder {
    static let limit = 500

    static func entities(_ text: ScalarText) -> [Entity] {
        var marks = marked(text)
        marks += NameReader.names(text, limit: 2 * limit)
        return resolved(marks).prefix(limit).map { match in
            let found = text.string(match.range)
            return Entity(
                type: match.kind.rawValue, text: match.kind == .card ? CardRule.masked(found) : found,
                start: match.range.lowerBound, end: match.range.upperBound, confidence: match.confidence)
        }
    }

    /// What is recognised by its form: addresses, numbers, dates.
    private static func marked(_ text: ScalarText) -> [EntityMatch] {
        var matches: [EntityMatch] = []
        var index = 0
        while index < text.count, matches.count < 2 * limit {
            if let match = match(text, at: index, after: matches.last?.range.upperBound ?? 0) {
                matches.append(match)
                index = max(match.range.upperBound, index + 1)
            } else {
                index += 1
            }
        }
        return matches
    }

    private static func match(_ text: ScalarText, at index: Int, after floor: Int) -> EntityMatch? {
        let value = text.scalars[index]
        if value == 0x40 { return AddressRule.email(text, at: index, after: floor) }
        if value == 0x3A { return AddressRule.url(text, colon: index, after: floor) }
        if MoneyRule.symbols.contains(value) { return MoneyRule.prefixed(text, symbol: index, after: floor) }
        // The rules below begin a word.
        guard value == 0x2B || value == 0x28 || isDigit(value) || isASCIILetter(value) || value > 0x7F else {
            return nil
        }
        let before = text[index - 1]
        if isASCIILetter(before) || isDigit(before) { return nil }
        if isDigit(value) {
            if (before == 0x2E || before == 0x2C) && isDigit(text[index - 2]) { return nil }
            return CardRule.card(text, at: index) ?? DateRule.numeric(text, at: index) ?? DateRule.dayFirst(
                text, at: index)
                ?? PhoneRule.phone(text, at: index) ?? MoneyRule.suffixed(text, at: index)
        }
        if value == 0x2B || value == 0x28 { return PhoneRule.phone(text, at: index) }
        if value == 0x77 || value == 0x57 { return AddressRule.www(text, at: index) }
        guard isUppercase(value) else { return nil }
        return IBANRule.iban(text, at: index) ?? MoneyRule.coded(text, at: index)
            ?? DateRule.monthFirst(text, at: index)
    }

    /// Without overlaps, in document order: the kind of higher priority stays, then the longer.
    private static func resolved(_ matches: [EntityMatch]) -> [EntityMatch] {
        let sorted = matches.sorted {
            if $0.range.lowerBound != $1.range.lowerBound { return $0.range.lowerBound < $1.range.lowerBound }
            if $0.range.upperBound != $1.range.upperBound { return $0.range.upperBound > $1.range.upperBound }
            return $0.kind < $1.kind
        }
        var kept: [EntityMatch] = []
        for match in sorted {
            guard let last = kept.last, last.range.overlaps(match.range) else {
                kept.append(match)
                continue
            }
            if match.kind < last.kind || (match.kind == last.kind && match.range.count > last.range.count) {
                kept[kept.count - 1] = match
            }
        }
        return kept
    }
}
