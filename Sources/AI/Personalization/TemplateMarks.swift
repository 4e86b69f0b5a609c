/// The places of a text that another program reads: placeholders that somebody fills in later, and links.
///
/// Known are `{{name}}`, `{name}`, `${name}`, `{% … %}`, `<% … %>`, `[[name]]`, `*|NAME|*`, `%(name)s`, `%name%`, `%s` and
/// the like, and as links web, mail and telephone addresses, with the placeholders inside them. One pass, linear in the
/// text: a placeholder has at most `longest` characters.
struct TemplateMarks {
    enum Kind: Sendable {
        /// `name` is what stands between the marks; empty for `%s`.
        case placeholder(name: String)
        /// Filled by position: their order matters.
        case positional
        case link
    }

    struct Mark: Sendable {
        var kind: Kind
        var range: Range<Int>
    }

    static let longest = 300

    private let text: [UInt32]
    private(set) var marks: [Mark] = []

    init(_ source: String) {
        text = source.unicodeScalars.map(\.value)
        var index = 0
        while index < text.count {
            if let mark = link(at: index) ?? placeholder(at: index) {
                marks.append(mark)
                index = mark.range.upperBound
            } else if self[index] == 0x25, self[index + 1] == 0x25 {
                index += 2
            } else {
                index += 1
            }
        }
    }

    func text(of range: Range<Int>) -> String {
        var result = String.UnicodeScalarView()
        for value in text[range] { if let scalar = Unicode.Scalar(value) { result.append(scalar) } }
        return String(result)
    }

    func text(of mark: Mark) -> String { text(of: mark.range) }

    var count: Int { text.count }

    /// 0 outside.
    private subscript(index: Int) -> UInt32 { index >= 0 && index < text.count ? text[index] : 0 }

    // MARK: Placeholders

    /// Opening and closing marks; longer ones first.
    private static let brackets: [(open: [UInt32], close: [UInt32])] = [
        ("{{{", "}}}"), ("{{", "}}"), ("{%", "%}"), ("<%", "%>"), ("[[", "]]"), ("*|", "|*"), ("${", "}"),
    ].map { (Array($0.unicodeScalars.map(\.value)), Array($1.unicodeScalars.map(\.value))) }

    private func placeholder(at start: Int) -> Mark? {
        switch self[start] {
        case 0x7B, 0x3C, 0x5B, 0x2A, 0x24:  // { < [ * $
            for bracket in Self.brackets where starts(with: bracket.open, at: start) {
                let inside = start + bracket.open.count
                guard let end = find(bracket.close, from: inside) else { continue }
                return Mark(
                    kind: .placeholder(name: trimmed(inside..<end)), range: start..<end + bracket.close.count)
            }
            return self[start] == 0x7B ? single(start) : nil
        case 0x25: return percent(start)
        default: return nil
        }
    }

    /// `{name}`: a name alone, because braces stand in other texts too.
    private func single(_ start: Int) -> Mark? {
        var end = start + 1
        while end - start < Self.longest, isWordScalar(self[end]) || self[end] == 0x2E { end += 1 }
        guard end > start + 1, self[end] == 0x7D, !isDigit(self[start + 1]) || end == start + 2 else { return nil }
        return Mark(kind: .placeholder(name: text(of: start + 1..<end)), range: start..<end + 1)
    }

    /// `%(name)s`, `%name%`, `%s`, `%1$s`, `%.2f`, `%@`; not the sign after a number.
    private func percent(_ start: Int) -> Mark? {
        guard !isDigit(self[start - 1]), self[start - 1] != 0x25 else { return nil }
        if self[start + 1] == 0x28, let close = find([0x29], from: start + 2), isLetter(self[close + 1]) {
            return Mark(kind: .placeholder(name: text(of: start + 2..<close)), range: start..<close + 2)
        }
        var end = start + 1
        while end - start < Self.longest, isWordScalar(self[end]) { end += 1 }
        if end > start + 2, self[end] == 0x25, isLetter(self[start + 1]) {
            return Mark(kind: .placeholder(name: text(of: start + 1..<end)), range: start..<end + 1)
        }
        end = start + 1
        while end - start < 20, isDigit(self[end]) || Self.flags.contains(self[end]) { end += 1 }
        while self[end] == 0x6C || self[end] == 0x68 { end += 1 }  // l, h
        guard Self.conversions.contains(self[end]), !isLetter(self[end + 1]) else { return nil }
        return Mark(kind: .positional, range: start..<end + 1)
    }

    private static let flags = Set("+-#.$*'".unicodeScalars.map(\.value))
    private static let conversions = Set("sdiufFeEgGxXoc@".unicodeScalars.map(\.value))

    // MARK: Links

    private func link(at start: Int) -> Mark? {
        guard !isWordScalar(self[start - 1]), isLetter(self[start]) || isDigit(self[start]) else { return nil }
        var end = start
        while end - start < 80, isHostScalar(self[end]) || self[end] == 0x40 || self[end] == 0x2B { end += 1 }
        let head = text[start..<end]
        let isLink =
            starts(with: [0x3A, 0x2F, 0x2F], at: end)  // ://
            || (self[end] == 0x3A && Self.schemes.contains(lowercased(head)) && !isSpace(self[end + 1]))
            || lowercased(head.prefix(4)) == "www."
            || (self[end] == 0x2F && isHost(head)) || isMailAddress(head)
        guard isLink else { return nil }
        if self[end] == 0x3A || self[end] == 0x2F || lowercased(head.prefix(4)) == "www." {
            var depth = 0
            while end < text.count, !isSpace(self[end]), !Self.delimiters.contains(self[end]) {
                if let inner = placeholder(at: end) {
                    end = inner.range.upperBound
                    continue
                }
                if self[end] == 0x28 { depth += 1 }
                if self[end] == 0x29 {
                    guard depth > 0 else { break }
                    depth -= 1
                }
                end += 1
            }
        }
        while end > start, Self.trailing.contains(self[end - 1]) { end -= 1 }
        return end > start + 3 ? Mark(kind: .link, range: start..<end) : nil
    }

    private static let schemes: Set<String> = ["mailto", "tel", "sms", "data", "javascript"]
    private static let delimiters = Set("<>\"`|\\^".unicodeScalars.map(\.value))
    private static let trailing = Set(".,;:!?'*_".unicodeScalars.map(\.value))

    /// `example.com`: labels and a top-level domain of letters.
    private func isHost(_ head: ArraySlice<UInt32>) -> Bool {
        guard let dot = head.lastIndex(of: 0x2E), dot > head.startIndex, head.endIndex - dot > 2 else { return false }
        return head[(dot + 1)...].allSatisfy(isLetter) && !head.contains(0x40)
    }

    private func isMailAddress(_ head: ArraySlice<UInt32>) -> Bool {
        guard let at = head.firstIndex(of: 0x40), at > head.startIndex else { return false }
        var host = head[(at + 1)...]
        while host.last == 0x2E { host = host.dropLast() }
        return isHost(host)
    }

    // MARK: Scalars

    private func starts(with pattern: [UInt32], at start: Int) -> Bool {
        for (offset, value) in pattern.enumerated() where self[start + offset] != value { return false }
        return true
    }

    private func find(_ pattern: [UInt32], from start: Int) -> Int? {
        var index = start
        while index < text.count, index - start <= Self.longest {
            if starts(with: pattern, at: index) { return index }
            if self[index] == 0x0A { return nil }
            index += 1
        }
        return nil
    }

    private func trimmed(_ range: Range<Int>) -> String {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isSpace(self[start]) || self[start] == 0x3D { start += 1 }  // <%= name %>
        while end > start, isSpace(self[end - 1]) { end -= 1 }
        return text(of: start..<end)
    }

    private func lowercased(_ scalars: ArraySlice<UInt32>) -> String {
        String(String.UnicodeScalarView(scalars.compactMap { Unicode.Scalar($0) })).lowercased()
    }

    private func isSpace(_ value: UInt32) -> Bool { value <= 0x20 || value == 0xA0 || value == 0x3000 }
    private func isDigit(_ value: UInt32) -> Bool { value >= 0x30 && value <= 0x39 }
    private func isLetter(_ value: UInt32) -> Bool { (value | 0x20) >= 0x61 && (value | 0x20) <= 0x7A }
    private func isWordScalar(_ value: UInt32) -> Bool { isLetter(value) || isDigit(value) || value == 0x5F }
    private func isHostScalar(_ value: UInt32) -> Bool { isWordScalar(value) || value == 0x2D || value == 0x2E }
}
