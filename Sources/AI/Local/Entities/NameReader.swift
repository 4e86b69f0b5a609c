/// Finds persons and organisations: runs of capitalised words, judged by cues around and inside them.
///
/// A run alone proves nothing ("Service Agreement"); it needs a legal form, an institution's word, a title, a known
/// given name, a label ("Supplier:"), a signature or "between … and …".
struct NameReader {
    private struct Part {
        var range: Range<Int>
        var word: String
        var isConnector: Bool
    }

    private let text: ScalarText
    private let limit: Int
    private var matches: [EntityMatch] = []
    private var index = 0
    private var lineStart = 0
    /// What the words before the run announce, and up to where that holds.
    private var cue: NameCues.Cue?
    /// A closing formula was read: the next line is a signature.
    private var signs = false

    static func names(_ text: ScalarText, limit: Int) -> [EntityMatch] {
        var reader = NameReader(text: text, limit: limit)
        reader.read()
        return reader.matches
    }

    private init(text: ScalarText, limit: Int) {
        self.text = text
        self.limit = limit
    }

    private mutating func read() {
        while index < text.count, matches.count < limit {
            let value = text.scalars[index]
            if value == 0x0A || value == 0x0C {
                lineStart = index + 1
                index += 1
                if cue != .signature { cue = nil }
            } else if isUppercase(value), !isAlphanumeric(text[index - 1]), text[index - 1] != 0x40 {
                for run in separated(readRun()) { judge(run) }
            } else if isLetter(value) || isDigit(value) {
                skipWord()
            } else {
                // A label's colon keeps its cue; other punctuation ends it.
                if !isSpace(value), value != 0x3A, value != 0x2C, value != 0x2A, value != 0x22, value != 0x201C,
                    value != 0x28
                {
                    cue = nil
                }
                index += 1
            }
        }
    }

    /// A word in small letters; it may announce a name.
    private mutating func skipWord() {
        let start = index
        while index < text.count, isAlphanumeric(text.scalars[index]) { index += 1 }
        guard index - start <= NameCues.longest else {
            cue = nil
            return
        }
        let word = text.string(start..<index).lowercased()
        if word == "and" || word == "und", cue == .party { return }
        if NameCues.transparent.contains(word), cue != nil { return }
        cue = announcement(word, endingAt: index)
        if NameCues.closings.contains(word) { cue = .signature }
    }

    /// What a word announces; a label needs its colon ("Customer: Tall Pines", not "a customer name").
    private func announcement(_ word: String, endingAt end: Int) -> NameCues.Cue? {
        guard let cue = NameCues.before[word] else { return nil }
        return cue == .party || word == "dear" || text[end] == 0x3A ? cue : nil
    }

    /// Capitalised words in a row, with the small words that names contain.
    private mutating func readRun() -> [Part] {
        var parts: [Part] = []
        var place = index
        while parts.count < 16 {
            let start = place
            var end = place
            while end - start < 40 {
                let value = text[end]
                if isAlphanumeric(value) {
                    end += 1
                } else if value == 0x27 || value == 0x2019 || value == 0x2D, isLetter(text[end + 1]), end > start {
                    // The possessive is not part of the name.
                    if value != 0x2D, lowercased(text[end + 1]) == 0x73, !isAlphanumeric(text[end + 2]) { break }
                    end += 1
                } else if value == 0x26, end > start, isUppercase(text[end + 1]) {
                    end += 1
                } else {
                    break
                }
            }
            let word = text.string(start..<end)
            if end - start >= 40 { break }
            let connector = !isUppercase(text[start])
            if connector, !NameCues.connectors.contains(word), text[start] != 0x26 { break }
            if connector, text[start] == 0x26 { end = start + 1 }
            var part = Part(range: start..<end, word: connector && word.isEmpty ? "&" : word, isConnector: connector)
            // Initials, titles and "Inc." keep their full stop.
            if text[end] == 0x2E, keepsStop(part) { part.range = start..<end + 1 }
            parts.append(part)
            guard let next = continuation(after: part) else { break }
            place = next
        }
        while let last = parts.last, last.isConnector { parts.removeLast() }
        index = max(parts.last?.range.upperBound ?? index, index + 1)
        return parts
    }

    /// Cut at an "and" that follows a whole name: "Acme Inc. and Dr. Keller" are two, "Smith and Sons Ltd" is one.
    private func separated(_ parts: [Part]) -> [[Part]] {
        guard parts.contains(where: { NameCues.conjunctions.contains($0.word) }) else { return [parts] }
        var runs: [[Part]] = []
        var run: [Part] = []
        for part in parts {
            if NameCues.conjunctions.contains(part.word),
                cue == .party || organization(run) != nil || titled(run) != nil || named(run) != nil
            {
                runs.append(run)
                run = []
            } else {
                run.append(part)
            }
        }
        return runs + [run]
    }

    private func keepsStop(_ part: Part) -> Bool {
        let word = part.word.lowercased()
        return part.word.count == 1 || NameCues.titles.contains(word) || NameCues.stopped.contains(word)
    }

    /// Where the run's next word begins; nil when the run ends.
    private func continuation(after part: Part) -> Int? {
        var next = part.range.upperBound
        if text[next] == 0x2C {
            // "Acme, Inc."
            guard text[next + 1] == 0x20, let form = word(at: next + 2), NameCues.legalForms.contains(form) else {
                return nil
            }
            return next + 2
        }
        // A line end joins only in running text, where lines are full.
        if text[next] == 0x0A, next - lineStart < 45 { return nil }
        guard text[next] == 0x20 || text[next] == 0x0A || text[next] == 0xA0 else { return nil }
        next += 1
        let value = text[next]
        return isUppercase(value) || value == 0x26 || isLowercase(value) ? next : nil
    }

    private func word(at start: Int) -> String? {
        var end = start
        while end - start < 12, isLetter(text[end]) { end += 1 }
        return end > start ? text.string(start..<end).lowercased() : nil
    }

    // MARK: - Judging

    private mutating func judge(_ run: [Part]) {
        let announced = cue
        cue = nil
        guard !run.isEmpty else { return }
        if let last = run.last, let next = announcement(last.word.lowercased(), endingAt: last.range.upperBound),
            run.count <= 3 || next == .party
        {
            cue = next
        }
        if let last = run.last, NameCues.closings.contains(last.word.lowercased()) { cue = .signature }
        if let organization = organization(run) {
            matches.append(organization)
            if announced == .party { cue = .party }
            return
        }
        if let person = titled(run) ?? named(run) {
            matches.append(person)
            if announced == .party { cue = .party }
            return
        }
        guard let announced, let first = run.first, let last = run.last else { return }
        let range = first.range.lowerBound..<last.range.upperBound
        let isPlain =
            !StopWords.literals.contains(termHash(first.word.lowercased().unicodeScalars.map(\.value)))
            && !NameCues.common.contains(first.word.lowercased())
        switch announced {
        case .party:
            cue = .party
            if isPlain { matches.append(EntityMatch(.organization, range, 0.6)) }
        case .organization where isPlain: matches.append(EntityMatch(.organization, range, 0.7))
        case .person where isPlain && isPersonal(run, 2...4): matches.append(EntityMatch(.person, range, 0.8))
        case .signature where isPlain && isPersonal(run, 2...4): matches.append(EntityMatch(.person, range, 0.75))
        default: break
        }
    }

    /// By a legal form ("GmbH") or an institution's word ("University").
    private func organization(_ run: [Part]) -> EntityMatch? {
        if let form = run.lastIndex(where: { NameCues.legalForms.contains($0.word.lowercased()) && !$0.isConnector }),
            form > 0
        {
            let start = firstOfName(run)
            guard start < form else { return nil }
            return EntityMatch(.organization, run[start].range.lowerBound..<run[form].range.upperBound, 0.95)
        }
        guard run.contains(where: { NameCues.institutions.contains($0.word.lowercased()) }) else { return nil }
        let start = firstOfName(run)
        guard run.count - start >= 2, let last = run.last else { return nil }
        return EntityMatch(.organization, run[start].range.lowerBound..<last.range.upperBound, 0.75)
    }

    /// Past "The", "Between" and other words that begin a sentence.
    private func firstOfName(_ run: [Part]) -> Int {
        var start = 0
        while start < run.count - 1 {
            let word = run[start].word.lowercased()
            guard
                run[start].isConnector || NameCues.labels.contains(word) || NameCues.before[word] != nil
                    || StopWords.literals.contains(termHash(word.unicodeScalars.map(\.value)))
            else { break }
            start += 1
        }
        return start
    }

    /// "Dr. Jane Smith", without the title.
    private func titled(_ run: [Part]) -> EntityMatch? {
        guard let title = run.lastIndex(where: { NameCues.titles.contains($0.word.lowercased()) }),
            title + 1 < run.count
        else {
            return nil
        }
        let name = run[(title + 1)...].prefix(4)
        guard let first = name.first, let last = name.last else { return nil }
        return EntityMatch(.person, first.range.lowerBound..<last.range.upperBound, 0.92)
    }

    /// A known given name and one to three words more.
    private func named(_ run: [Part]) -> EntityMatch? {
        guard let start = run.firstIndex(where: { GivenNames.all.contains($0.word.lowercased()) }), start <= 2 else {
            return nil
        }
        let name = Array(run[start...].prefix { !$0.isConnector || NameCues.particles.contains($0.word) }.prefix(5))
        guard isPersonal(name, 2...5), let first = name.first, let last = name.last, !last.isConnector else {
            return nil
        }
        guard !NameCues.common.contains(name[1].word.lowercased()) else { return nil }
        return EntityMatch(.person, first.range.lowerBound..<last.range.upperBound, 0.85)
    }

    private func isPersonal(_ run: [Part], _ count: ClosedRange<Int>) -> Bool {
        count.contains(run.count)
            && run.allSatisfy { part in
                part.isConnector
                    ? NameCues.particles.contains(part.word) : !part.word.unicodeScalars.contains { isDigit($0.value) }
            }
    }
}
