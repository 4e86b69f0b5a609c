/// Cuts a document into sentences, headings and fragments: plain text, Markdown, or the text of a PDF or a web page.
///
/// Two passes over the scalars. Lines first: blank lines, Markdown marks and tables divide; wrapped lines are joined
/// again. Then each paragraph is cut into sentences.
struct Segmenter {
    private let text: ScalarText
    private var units: [TextUnit] = []
    private var paragraph = 0
    private var heading: Int?

    static func units(_ text: ScalarText) -> [TextUnit] {
        var segmenter = Segmenter(text: text)
        segmenter.read()
        return segmenter.units
    }

    private init(text: ScalarText) { self.text = text }

    // MARK: - Lines

    private enum Line {
        case blank, fence, underline
        case heading(Int)
        case item(Int)
        case row, text
    }

    private mutating func read() {
        var open: Range<Int>?
        var fenced = false
        var start = 0
        while start < text.count {
            let line = lineRange(from: start)
            start = line.upperBound + 1
            let content = text.trimmed(line)
            let kind = classify(content)
            if case .fence = kind {
                close(&open)
                fenced.toggle()
                continue
            }
            if fenced { continue }
            switch kind {
            case .blank: close(&open, alone: true)
            case .fence: break
            case .underline:
                // "Title" over "=====": the line before was a heading.
                if let title = open, title.count <= Self.headingLength {
                    addHeading(title)
                    open = nil
                } else {
                    close(&open)
                }
            case .heading(let marks):
                close(&open)
                addHeading(text.trimmed(content.lowerBound + marks..<content.upperBound))
            case .row:
                close(&open)
                add(.fragment, content)
                paragraph += 1
            case .item(let marks):
                close(&open)
                open = text.trimmed(content.lowerBound + marks..<content.upperBound)
            case .text:
                if let before = open, continues(before, content) {
                    open = before.lowerBound..<content.upperBound
                } else {
                    close(&open)
                    open = content
                }
            }
        }
        close(&open, alone: true)
    }

    /// To the next line end; form feeds and Unicode's separators end lines too.
    private func lineRange(from start: Int) -> Range<Int> {
        var end = start
        while end < text.count {
            let value = text.scalars[end]
            if (value >= 0x0A && value <= 0x0D) || value == 0x85 || value == 0x2028 || value == 0x2029 { break }
            end += 1
        }
        return start..<end
    }

    private func classify(_ line: Range<Int>) -> Line {
        guard let first = line.first.map({ text[$0] }) else { return .blank }
        let start = line.lowerBound
        switch first {
        case 0x60 where text[start + 1] == 0x60 && text[start + 2] == 0x60: return .fence
        case 0x7E where text[start + 1] == 0x7E && text[start + 2] == 0x7E: return .fence
        case 0x23:  // #
            var marks = 1
            while marks < 7, text[start + marks] == 0x23 { marks += 1 }
            return marks < 7 && isSpace(text[start + marks]) ? .heading(marks) : .text
        case 0x3E: return line.count == 1 ? .blank : .item(1)  // > quotation
        case 0x2D, 0x2A, 0x3D, 0x5F, 0x2B, 0x2022, 0x2013, 0x25CF, 0x25AA, 0x00B7:  // - * = _ + • – ● ▪ ·
            if isRule(line) { return .underline }
            return isSpace(text[start + 1]) ? .item(1) : .text
        case 0x7C: return isRule(line) ? .underline : .row  // |
        default: break
        }
        if let marks = enumeration(start) { return .item(marks) }
        return isRow(line) ? .row : .text
    }

    /// Only marks, as under a title or between table rows.
    private func isRule(_ line: Range<Int>) -> Bool {
        guard line.count >= 3 else { return false }
        return line.allSatisfy {
            let value = text[$0]
            return value == 0x2D || value == 0x2A || value == 0x3D || value == 0x5F || value == 0x7C || value == 0x3A
                || value == 0x2B || isSpace(value)
        }
    }

    /// The length of "1.", "2.3", "a)" or "(iv)" before a space.
    private func enumeration(_ start: Int) -> Int? {
        var end = start
        if text[end] == 0x28 { end += 1 }
        let numbered = isDigit(text[end])
        var length = 0
        while length < 8,
            isDigit(text[end]) || (numbered && text[end] == 0x2E && isDigit(text[end + 1]))
                || (!numbered && length < 4 && isASCIILetter(text[end]))
        {
            end += 1
            length += 1
        }
        guard length > 0, text[end] == 0x29 || (numbered && text[end] == 0x2E), isSpace(text[end + 1]) else {
            return nil
        }
        return end + 1 - start
    }

    private func isRow(_ line: Range<Int>) -> Bool {
        var bars = 0
        var gaps = 0
        var spaces = 0
        for index in line {
            let value = text[index]
            if value == 0x7C { bars += 1 }
            if value == 0x09 { gaps += 1 }
            spaces = value == 0x20 ? spaces + 1 : 0
            if spaces == 3 { gaps += 1 }
        }
        return bars >= 2 || gaps >= 2
    }

    /// Whether a line goes on with the paragraph: the one before was full, or this one begins in small letters.
    private func continues(_ before: Range<Int>, _ line: Range<Int>) -> Bool {
        var last = before.upperBound - 1
        var length = 0
        while last >= before.lowerBound, text[last] != 0x0A, length < Self.fullLine {
            last -= 1
            length += 1
        }
        return length >= Self.fullLine || isLowercase(text[line.lowerBound])
    }

    private static let fullLine = 45
    private static let headingLength = 100

    // MARK: - Paragraphs

    private mutating func add(_ kind: TextUnit.Kind, _ range: Range<Int>, position: Int = 0) {
        let range = text.trimmed(range)
        guard range.contains(where: { isAlphanumeric(text[$0]) }) else { return }
        units.append(TextUnit(kind: kind, range: range, paragraph: paragraph, position: position, heading: heading))
    }

    private mutating func addHeading(_ range: Range<Int>) {
        var range = range
        while let last = range.last, text[last] == 0x23 || isSpace(text[last]) { range = range.lowerBound..<last }
        let before = units.count
        add(.heading, range)
        if units.count > before { heading = before }
        paragraph += 1
    }

    private mutating func close(_ open: inout Range<Int>?, alone: Bool = false) {
        guard let range = open else { return }
        open = nil
        defer { paragraph += 1 }
        if isTitle(range, alone: alone) {
            addHeading(range)
            return
        }
        for (position, sentence) in SentenceReader(text).sentences(in: range).enumerated() {
            add(endsLikeSentence(sentence) ? .sentence : .fragment, sentence, position: position)
        }
    }

    /// A short line in capitals, or one without numbers that stands alone, is the title of what follows.
    private func isTitle(_ range: Range<Int>, alone: Bool) -> Bool {
        guard range.count <= Self.headingLength, !endsLikeSentence(range) else { return false }
        var capitals = 0
        var small = 0
        for index in range {
            let value = text[index]
            if value == 0x0A || value == 0x3A || value == 0x40 || isDigit(value) || isIdeographic(value) {
                return false
            }
            if isUppercase(value) { capitals += 1 }
            if isLowercase(value) { small += 1 }
        }
        return small == 0
            ? capitals >= 4 : alone && isUppercase(text[range.lowerBound]) && range.count <= Self.headingLength / 2
    }

    private func endsLikeSentence(_ range: Range<Int>) -> Bool {
        var last = range.upperBound - 1
        while last > range.lowerBound, SentenceReader.isCloser(text[last]) || isSpace(text[last]) { last -= 1 }
        return SentenceReader.isTerminator(text[last])
    }
}
