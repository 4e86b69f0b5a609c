/// The name in `names` that a typo most likely meant: within a third of its letters, at least one edit, at most `limit`.
///
/// Looks at no more than 256 names of at most 64 letters: names come from documents.
package func nearest(_ name: String, in names: [String], within limit: Int = 3) -> String? {
    let letters = Array(name.unicodeScalars.prefix(65))
    guard letters.count <= 64 else { return nil }
    let allowed = min(limit, max(1, letters.count / 3))
    var best: (name: String, distance: Int)?
    for candidate in names.prefix(256) {
        let other = Array(candidate.unicodeScalars.prefix(65))
        guard other.count <= 64, abs(other.count - letters.count) <= allowed else { continue }
        let distance = editDistance(letters, other)
        if distance <= allowed, distance < (best?.distance ?? .max) { best = (candidate, distance) }
    }
    return best?.name
}

/// Insertions, deletions, substitutions and swaps of neighbours, one each; case alone costs nothing.
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
    }
    let a = a.map(folded)
    let b = b.map(folded)
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [i] + [Int](repeating: 0, count: b.count)
        for j in 1...b.count {
            let substitution = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            row[j] = min(last[j] + 1, row[j - 1] + 1, substitution)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], beforeLast[j - 2] + 1) }
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}

/// Text from a document as a message may show it: one line, at most 60 characters.
func abridged(_ text: some StringProtocol) -> String {
    var shown = ""
    for (index, scalar) in text.unicodeScalars.enumerated() {
        if index == 60 { return shown + "…" }
        shown.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
    }
    return shown
}

/// "an object", "a string".
func article(_ noun: String) -> String {
    switch noun {
    case "null": noun
    case "array", "object": "an " + noun
    default: "a " + noun
    }
}

/// "a, b and c".
package func listed(_ names: [String], _ conjunction: String = "and") -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " \(conjunction) " + last
}
