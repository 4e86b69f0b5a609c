/// Finds what a model names in the text it was given. What is not there was invented, and is dropped.
enum EntityLocator {
    struct Mention {
        var type: String
        var text: String
        var confidence: Double
    }

    static let types = [
        "person", "organization", "location", "date", "money", "email", "url", "phone", "iban", "card", "other",
    ]

    /// The n-th mention of a text is its n-th place. In document order, without overlaps, at most `EntityFinder.limit`.
    static func locate(_ mentions: [Mention], in source: String) -> [Entity] {
        let bytes = Array(source.utf8)
        var next: [String: Int] = [:]
        var places: [(range: Range<Int>, mention: Mention)] = []
        for mention in mentions.prefix(EntityFinder.limit) where (1...500).contains(mention.text.utf8.count) {
            guard let range = find(Array(mention.text.utf8), in: bytes, from: next[mention.text] ?? 0) else { continue }
            next[mention.text] = range.upperBound
            places.append((range, mention))
        }
        places.sort {
            $0.range.lowerBound != $1.range.lowerBound
                ? $0.range.lowerBound < $1.range.lowerBound : $0.range.upperBound > $1.range.upperBound
        }
        var entities: [Entity] = []
        var scalars = ScalarCounter(bytes)
        var end = 0
        for (range, mention) in places where range.lowerBound >= end {
            end = range.upperBound
            let start = scalars.count(to: range.lowerBound)
            let type = types.contains(mention.type) ? mention.type : "other"
            let digits = mention.text.unicodeScalars.compactMap { isDigit($0.value) ? Int($0.value) - 0x30 : nil }
            let isCard = type == "card" || (CardRule.isIssued(digits) && CardRule.passesLuhn(digits))
            entities.append(
                Entity(
                    type: type, text: isCard ? CardRule.masked(mention.text) : mention.text, start: start,
                    end: scalars.count(to: range.upperBound), confidence: mention.confidence))
        }
        return entities
    }

    private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Range<Int>? {
        guard let first = needle.first, bytes.count >= needle.count else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            var place = start
            while place <= bytes.count - needle.count {
                if bytes[place] == first, bytes[place..<place + needle.count].elementsEqual(needle) {
                    return place..<place + needle.count
                }
                place += 1
            }
            return nil
        }
    }
}

/// Turns byte places, asked in ascending order, into scalar places.
private struct ScalarCounter {
    private let bytes: [UInt8]
    private var place = 0
    private var scalars = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func count(to end: Int) -> Int {
        while place < end {
            if bytes[place] & 0xC0 != 0x80 { scalars += 1 }
            place += 1
        }
        return scalars
    }
}
