/// "did you mean …" for a name that is not known.
enum Suggestion {
    static func text(for name: String, in known: [String]) -> String {
        let wanted = Array(name.prefix(60).utf8)
        let limit = max(1, wanted.count / 3)
        let nearest = known.map { (name: $0, distance: distance(wanted, Array($0.utf8))) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let nearest, nearest.distance <= limit else { return "" }
        return "; did you mean \(nearest.name)?"
    }

    /// Levenshtein's, over bytes.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let substitution = diagonal + (byte == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
