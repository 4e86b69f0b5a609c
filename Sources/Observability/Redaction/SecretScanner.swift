/// One pass over a text: finds what must not be shown, and writes the text without it.
///
/// Each rule hangs on one byte (`@` of an address, `:` of a URL, …) and looks around it, at a bounded number of bytes.
struct SecretScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let rules: Redactor.Rules
    private let everyNumber: Bool
    private let masksPeople: Bool
    private var output: [UInt8] = []
    /// What is before it stands in `output`.
    private var copied = 0

    /// What a look may span that finds nothing; what is found is passed once, however long it is.
    private static let reach = 1_024

    init(bytes: UnsafeBufferPointer<UInt8>, rules: Redactor.Rules, everyNumber: Bool) {
        self.bytes = bytes
        self.rules = rules
        self.everyNumber = everyNumber
        masksPeople = rules.personalData != .full
    }

    /// nil: nothing was found.
    mutating func redacted() -> String? {
        let looksForValues = !rules.values.pairs.isEmpty
        var index = 0
        while index < bytes.count {
            if looksForValues, let length = rules.values.match(bytes, at: index) {
                replace(index..<index + length)
                index = copied
                continue
            }
            switch bytes[index] {
            case UInt8(ascii: "w"): for prefix in Self.ourKeys { key(prefix, at: index) }
            case UInt8(ascii: "s"): modelKey(at: index)
            case UInt8(ascii: "B"), UInt8(ascii: "b"): bearer(at: index)
            case UInt8(ascii: "e"): webToken(at: index)
            case UInt8(ascii: "="): assignment(at: index, isHeader: false)
            case UInt8(ascii: ":"): if !userInfo(at: index) { assignment(at: index, isHeader: true) }
            case UInt8(ascii: "@") where masksPeople: address(at: index)
            case UInt8(ascii: "+") where masksPeople: number(at: index)
            case UInt8(ascii: "0")...UInt8(ascii: "9") where everyNumber && masksPeople: number(at: index)
            default: break
            }
            index = max(index + 1, copied)
        }
        guard copied > 0 else { return nil }
        output.append(contentsOf: bytes[copied...])
        return String(decoding: output, as: UTF8.self)
    }

    private mutating func replace(_ range: Range<Int>, with text: String = Redactor.mark) {
        output.append(contentsOf: bytes[copied..<range.lowerBound])
        output.append(contentsOf: text.utf8)
        copied = range.upperBound
    }

    // MARK: Keys and tokens by their form

    /// Our own: the prefix stays, which says what it was.
    private mutating func key(_ prefix: StaticString, at index: Int) {
        guard begins(prefix, at: index) else { return }
        let start = index + prefix.utf8CodeUnitCount
        let end = endOfToken(from: start)
        if end - start >= 6 { replace(start..<end) }
    }

    private static let ourKeys: [StaticString] = ["wfs_", "wfo_", "whsec_"]

    /// `sk-…`, as the vendors of models write theirs; not the end of `task-…`.
    private mutating func modelKey(at index: Int) {
        guard begins("sk-", at: index), index == 0 || !Self.isToken(bytes[index - 1]) else { return }
        let end = endOfToken(from: index + 3)
        if end - index >= 3 + 16 { replace(index + 3..<end) }
    }

    private mutating func bearer(at index: Int) {
        guard begins("bearer ", at: index, ignoringCase: true) else { return }
        let end = endOfToken(from: index + 7, dots: true)
        if end - index >= 7 + 8 { replace(index + 7..<end) }
    }

    /// A JSON Web Token: three parts, the first a JSON object.
    private mutating func webToken(at index: Int) {
        guard begins("eyJ", at: index), index == 0 || !Self.isToken(bytes[index - 1]) else { return }
        let end = endOfToken(from: index, dots: true)
        guard end - index >= 30, bytes[index..<end].count(where: { $0 == UInt8(ascii: ".") }) >= 2 else { return }
        replace(index..<end)
    }

    // MARK: Passwords by their place

    /// `://user:password@host`: what stands between.
    private mutating func userInfo(at index: Int) -> Bool {
        guard begins("://", at: index) else { return false }
        let start = index + 3
        let limit = min(bytes.count, start + Self.reach)
        var end = start
        var at: Int?
        var colon: Int?
        while end < limit, !Self.endsAuthority(bytes[end]) {
            if bytes[end] == UInt8(ascii: "@") { at = end }
            if bytes[end] == UInt8(ascii: ":"), colon == nil { colon = end }
            end += 1
        }
        guard let at else { return true }
        if let colon, colon < at { replace(colon + 1..<at) } else { replace(start..<at) }
        return true
    }

    /// `password=…`, `"password": "…"`, `Authorization: …`. Prose has `secret: words` too; there a colon counts only after a
    /// quote.
    private mutating func assignment(at index: Int, isHeader: Bool) {
        var end = index
        while end > copied, index - end < 3, Self.isQuote(bytes[end - 1]) { end -= 1 }
        let isQuoted = end < index
        var start = end
        while start > copied, end - start <= 64, Self.isName(bytes[start - 1]) { start -= 1 }
        let name = Array(bytes[start..<end])
        guard Redactor.isSensitive(name) else { return }
        if isHeader, !isQuoted, !Self.isHeader(name) { return }
        var value = index + 1
        while value < bytes.count, value - index <= 3, bytes[value] == UInt8(ascii: " ") { value += 1 }
        let quotes = value
        while value < bytes.count, value - quotes < 3, Self.isQuote(bytes[value]) { value += 1 }
        let isText = value > quotes
        let isWhole = isText || isHeader
        var stop = value
        while stop < bytes.count {
            let byte = bytes[stop]
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || Self.isQuote(byte) { break }
            if !isWhole, Self.endsValue(byte) { break }
            stop += 1
        }
        if stop > value { replace(value..<stop) }
    }

    // MARK: People

    private mutating func address(at index: Int) {
        var start = index
        while start > copied, index - start < 64, Self.isLocalPart(bytes[start - 1]) { start -= 1 }
        guard start < index else { return }
        var end = index + 1
        var hasDot = false
        while end < bytes.count, end - index < 255 {
            let byte = bytes[end]
            guard Self.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") else { break }
            if byte == UInt8(ascii: "."), end > index + 1 { hasDot = true }
            end += 1
        }
        guard hasDot else { return }
        replace(start..<index, with: String(decoding: bytes[start...start], as: UTF8.self) + "***")
    }

    /// Seven to fifteen digits with the usual separators; the last two stay.
    private mutating func number(at index: Int) {
        if index > copied {
            let before = bytes[index - 1]
            guard !Self.isAlphanumeric(before), before != UInt8(ascii: "."), before != UInt8(ascii: "-") else { return }
        }
        var end = index + (bytes[index] == UInt8(ascii: "+") ? 1 : 0)
        var digits = 0
        var last = end
        while end < bytes.count, end - index < 32 {
            switch bytes[end] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                last = end + 1
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "("),
                UInt8(ascii: ")"):
                break
            default:
                // A letter right behind makes it a name of something.
                if end == last, Self.isAlphanumeric(bytes[end]) { return }
                end = bytes.count
            }
            end += 1
        }
        guard (7...15).contains(digits) else { return }
        replace(index..<last - 2, with: "***")
    }

    // MARK: Bytes

    private func begins(_ prefix: StaticString, at index: Int, ignoringCase: Bool = false) -> Bool {
        guard index + prefix.utf8CodeUnitCount <= bytes.count else { return false }
        return prefix.withUTF8Buffer { prefix in
            for offset in 0..<prefix.count {
                let byte = bytes[index + offset]
                let isUpper = ignoringCase && (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                if (isUpper ? byte | 0x20 : byte) != prefix[offset] { return false }
            }
            return true
        }
    }

    private func endOfToken(from start: Int, dots: Bool = false) -> Int {
        var end = start
        while end < bytes.count, Self.isToken(bytes[end]) || (dots && bytes[end] == UInt8(ascii: ".")) { end += 1 }
        return end
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func isToken(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || "-_+/=~".utf8.contains(byte) }
    private static func isName(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || "-_".utf8.contains(byte) }
    private static func isLocalPart(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || "._%+-".utf8.contains(byte) }
    private static func isQuote(_ byte: UInt8) -> Bool { "\"'\\".utf8.contains(byte) }
    private static func endsValue(_ byte: UInt8) -> Bool { byte <= 0x20 || ",;&})]>".utf8.contains(byte) }
    private static func endsAuthority(_ byte: UInt8) -> Bool { byte <= 0x20 || "/?#\"'<>\\".utf8.contains(byte) }

    /// Headers that hold a secret, where no quotes tell that a value follows.
    private static func isHeader(_ name: [UInt8]) -> Bool {
        let text = String(decoding: name, as: UTF8.self).lowercased()
        return text.hasSuffix("authorization") || text == "x-api-key"
    }
}
