/// E-mail and web addresses.
enum AddressRule {
    /// Around an `@`: a local part of at most 64 scalars, and labels of which the last is a name of two letters or
    /// more.
    static func email(_ text: ScalarText, at mark: Int, after floor: Int) -> EntityMatch? {
        var start = mark
        while start > floor, mark - start < 64, isLocal(text[start - 1]) { start -= 1 }
        while start < mark, text[start] == 0x2E || text[start] == 0x2D { start += 1 }
        guard start < mark, text[mark - 1] != 0x2E else { return nil }
        for index in start..<mark where text[index] == 0x2E && text[index + 1] == 0x2E { return nil }
        guard let end = domainEnd(text, from: mark + 1) else { return nil }
        return EntityMatch(.email, start..<end, 0.99)
    }

    /// At the colon of `scheme://`.
    static func url(_ text: ScalarText, colon: Int, after floor: Int) -> EntityMatch? {
        guard text[colon + 1] == 0x2F, text[colon + 2] == 0x2F else { return nil }
        var start = colon
        while start > floor, colon - start < 6, isASCIILetter(text[start - 1]) { start -= 1 }
        guard ["http", "https", "ftp", "ftps", "sftp"].contains(text.string(start..<colon).lowercased()) else {
            return nil
        }
        guard let end = urlEnd(text, from: colon + 3), isAlphanumeric(text[colon + 3]) || text[colon + 3] == 0x5B else {
            return nil
        }
        return EntityMatch(.url, start..<end, 0.98)
    }

    /// `www.` and a domain.
    static func www(_ text: ScalarText, at start: Int) -> EntityMatch? {
        guard text.matches("www.", at: start), text[start - 1] != 0x2E, text[start - 1] != 0x2F else { return nil }
        guard domainEnd(text, from: start + 4) != nil, let end = urlEnd(text, from: start + 4) else { return nil }
        return EntityMatch(.url, start..<end, 0.9)
    }

    private static func isLocal(_ value: UInt32) -> Bool {
        if isASCIILetter(value) || isDigit(value) { return true }
        switch value {
        case 0x2E, 0x5F, 0x25, 0x2B, 0x2D, 0x27, 0x26: return true  // . _ % + - ' &
        default: return value > 0x7F && !isIdeographic(value) && isLetter(value)
        }
    }

    /// The end of a domain of two labels or more.
    private static func domainEnd(_ text: ScalarText, from start: Int) -> Int? {
        var index = start
        var label = start
        var end: Int?
        while index - start < 253 {
            let value = text[index]
            if isASCIILetter(value) || isDigit(value) || value == 0x2D
                || (value > 0x7F && !isIdeographic(value) && isLetter(value))
            {
                index += 1
                continue
            }
            let length = index - label
            guard length > 0, length <= 63, text[label] != 0x2D, text[index - 1] != 0x2D else { break }
            if label > start, isTopLevel(text, label..<index) { end = index }
            guard value == 0x2E else { break }
            index += 1
            label = index
        }
        return end
    }

    private static func isTopLevel(_ text: ScalarText, _ label: Range<Int>) -> Bool {
        label.count >= 2 && (label.allSatisfy { isLetter(text[$0]) } || text.matches("xn--", at: label.lowerBound))
    }

    /// To white space or a delimiter, without the punctuation of the sentence around.
    private static func urlEnd(_ text: ScalarText, from start: Int) -> Int? {
        var end = start
        var depth = 0
        scan: while end - start < 2_000, end < text.count {
            let value = text[end]
            switch value {
            case 0...0x20, 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B, 0x7C, 0x7D, 0x7F: break scan
            case 0x28: depth += 1
            case 0x29:
                if depth == 0 { break scan }
                depth -= 1
            case 0x3000...0x303F, 0xFF00...0xFF20, 0x201C, 0x201D, 0xAB, 0xBB: break scan
            default: if isSpace(value) { break scan }
            }
            end += 1
        }
        while end > start {
            switch text[end - 1] {
            case 0x2E, 0x2C, 0x3B, 0x3A, 0x21, 0x3F, 0x27, 0x2A, 0x5F, 0x5D, 0x2019, 0x28: end -= 1
            default: return end
            }
        }
        return nil
    }
}
