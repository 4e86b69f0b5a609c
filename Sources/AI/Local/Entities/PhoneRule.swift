/// Telephone numbers: international, North American, or announced by a word before.
enum PhoneRule {
    static func phone(_ text: ScalarText, at start: Int) -> EntityMatch? {
        guard let (end, groups) = read(text, start) else { return nil }
        let digits = groups.reduce(0, +)
        let first = text[start]
        if first == 0x2B {
            return (8...15).contains(digits) && text[start + 1] != 0x30 ? EntityMatch(.phone, start..<end, 0.97) : nil
        }
        let announced = isAnnounced(text, before: start)
        if announced, (6...15).contains(digits) { return EntityMatch(.phone, start..<end, 0.9) }
        if groups == [3, 3, 4] || groups == [1, 3, 3, 4] && first == 0x31 {
            let area = first == 0x28 ? start + 1 : first == 0x31 && groups.count == 4 ? start + 2 : start
            return text[area] >= 0x32 || text[area] == 0x28 ? EntityMatch(.phone, start..<end, 0.85) : nil
        }
        if first == 0x30, text[start + 1] == 0x30, (10...15).contains(digits), groups.count > 1 {
            return EntityMatch(.phone, start..<end, 0.8)
        }
        return nil
    }

    /// Groups of digits with one separator between, parentheses around one of them.
    private static func read(_ text: ScalarText, _ start: Int) -> (end: Int, groups: [Int])? {
        var index = start
        var end = start
        var groups: [Int] = []
        var parenthesis = false
        if text[index] == 0x2B { index += 1 }
        while index - start < 32 {
            let group = index
            while isDigit(text[index]), index - group < 16 { index += 1 }
            if index > group {
                groups.append(index - group)
                end = index
            }
            switch text[index] {
            case 0x29 where parenthesis && index > group:
                parenthesis = false
                index += 1
                end = index
                if text[index] == 0x20 || text[index] == 0x2D { index += 1 }
            case 0x28 where !parenthesis && isDigit(text[index + 1]) && groups.count < 2:
                parenthesis = true
                index += 1
            case 0x20, 0xA0, 0x2D, 0x2E, 0x2F, 0x2013, 0x2011:
                guard index > group, isDigit(text[index + 1]) || text[index + 1] == 0x28, !parenthesis else {
                    return finish()
                }
                index += 1
            default: return finish()
            }
            if !isDigit(text[index]), text[index] != 0x28 { return finish() }
        }
        return nil

        func finish() -> (end: Int, groups: [Int])? {
            guard !parenthesis, groups.count > 0 else { return nil }
            // An extension, "x378".
            if lowercased(text[end]) == 0x78, isDigit(text[end + 1]) {
                let most = end + 7
                end += 1
                while end < most, isDigit(text[end]) { end += 1 }
            }
            return isLetter(text[end]) || isDigit(text[end]) ? nil : (end, groups)
        }
    }

    /// "Tel.:", "Phone", "Fax" and the like stand just before.
    private static func isAnnounced(_ text: ScalarText, before start: Int) -> Bool {
        var end = start
        while end > 0, start - end < 4, !isLetter(text[end - 1]) {
            if text[end - 1] == 0x0A || isDigit(text[end - 1]) { return false }
            end -= 1
        }
        var word = end
        while word > 0, end - word < 12, isLetter(text[word - 1]) { word -= 1 }
        return cues.contains(text.string(word..<end).lowercased())
    }

    private static let cues: Set<String> = [
        "tel", "telephone", "phone", "fax", "mobile", "mobil", "telefon", "telefax", "cell", "call", "hotline", "handy",
        "téléphone",
        "teléfono", "ph", "dial",
    ]
}
