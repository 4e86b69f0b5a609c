import JSON

/// Where a value of a document stands in its text; a tree of the same shape as the value.
struct SourceMap: Sendable {
    /// Counted from 1; columns in Unicode scalars.
    struct Mark: Sendable, Hashable {
        var line: Int
        var column: Int
    }

    /// How a scalar was written: it decides whether a place inside the value is known in the text.
    enum Style: Sendable { case plain, quoted, literal, other }

    /// The member's name, when the value is a member.
    var key: Mark?
    var value: Mark
    var style = Style.other
    /// Elements, or members, in order.
    var children: [SourceMap] = []
}

/// A document with where its parts stand.
struct SourceDocument: Sendable {
    var value: JSONValue
    /// nil: the document came as a value.
    var map: SourceMap?
    /// The text, to find places inside scalars.
    var text = ""

    /// Where a character of a scalar's value stands, when that is simple: a scalar written on one line without
    /// escapes, or a literal block. `offset` counts UTF-8 bytes of the value.
    func mark(of offset: Int, in value: String, at map: SourceMap) -> SourceMap.Mark {
        let bytes = Array(value.utf8)
        let offset = min(max(offset, 0), bytes.count)
        let newline = UInt8(ascii: "\n")
        let before = bytes[..<offset]
        switch map.style {
        case .plain, .quoted:
            let skipped = map.style == .quoted ? 1 : 0
            guard let line = line(map.value.line), !bytes.contains(newline) else { return map.value }
            let start = line.unicodeScalars.dropFirst(map.value.column - 1 + skipped)
            guard String(start).utf8.starts(with: bytes) else { return map.value }
            return .init(line: map.value.line, column: map.value.column + skipped + scalars(before))
        case .literal:
            let above = before.count(where: { $0 == newline })
            let lineStart = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
            let valueLine = bytes[lineStart...].prefix { $0 != newline }
            guard let line = line(map.value.line + 1 + above).map({ Array($0.utf8) }), line.count >= valueLine.count,
                line.suffix(valueLine.count).elementsEqual(valueLine)
            else { return map.value }
            let indent = line.count - valueLine.count
            return .init(line: map.value.line + 1 + above, column: indent + scalars(bytes[lineStart..<offset]) + 1)
        case .other: return map.value
        }
    }

    /// The text of a line, counted from 1, without its end.
    private func line(_ number: Int) -> String? {
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), maxSplits: number, omittingEmptySubsequences: false)[
            ...]
        guard number >= 1, lines.count >= number else { return nil }
        lines = lines.dropFirst(number - 1)
        guard var line = lines.first else { return nil }
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        return String(Substring(line))
    }

    /// Unicode scalars among UTF-8 bytes.
    private func scalars(_ bytes: ArraySlice<UInt8>) -> Int { bytes.count(where: { $0 & 0xC0 != 0x80 }) }
}
