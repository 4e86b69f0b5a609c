/// The members of a JSON object in insertion order; keys are unique by their UTF-8 bytes.
///
/// Looking a key up scans small objects and hashes in large ones; appending is amortised O(1), removing O(count).
@usableFromInline
package struct JSONObject: Sendable {
    @usableFromInline package typealias Element = (key: String, value: JSONValue)

    @usableFromInline package private(set) var members: [Element] = []
    /// Empty while a scan is faster. Swift seeds its hashing, so nobody outside can aim for collisions.
    private var index = JSONKeyIndex()

    /// Above this many members a lookup hashes.
    private static let scanLimit = 12

    @usableFromInline package init() {}

    /// The members in order; of equal keys the last value wins, in the first one's place.
    package init(_ members: some Sequence<Element>) {
        reserveCapacity(members.underestimatedCount)
        for (key, value) in members { self[key] = value }
    }

    package mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

    /// The keys in order; copies them.
    package var keys: [String] { members.map(\.key) }
    /// The values in order; copies them.
    package var values: [JSONValue] { members.map(\.value) }

    /// Setting a present key keeps its place; setting nil removes the member.
    @usableFromInline
    package subscript(key: String) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            guard let newValue else { return remove(key) }
            if let position = position(of: key) {
                members[position].value = newValue
            } else {
                append(key, newValue)
            }
        }
    }

    /// The value of a key, mutable in place; reading it inserts nothing.
    package subscript(key: String, default fallback: @autoclosure () -> JSONValue) -> JSONValue {
        get { self[key] ?? fallback() }
        _modify {
            if let position = position(of: key) {
                yield &members[position].value
            } else {
                var value = fallback()
                defer { append(key, value) }
                yield &value
            }
        }
    }

    /// The member's place in the order.
    package func position(of key: String) -> Int? {
        index.isEmpty ? members.firstIndex { $0.key.hasSameBytes(as: key) } : index.position(of: key, in: members)
    }

    package func contains(_ key: String) -> Bool { position(of: key) != nil }

    package mutating func remove(_ key: String) {
        guard let position = position(of: key) else { return }
        members.remove(at: position)
        reindex()
    }

    /// Removes many members in one pass.
    package mutating func removeAll(where shouldRemove: (Element) throws -> Bool) rethrows {
        defer { reindex() }
        try members.removeAll(where: shouldRemove)
    }

    /// The same keys with other values.
    package func mapValues<E: Error>(_ transform: (JSONValue) throws(E) -> JSONValue) throws(E) -> JSONObject {
        var result = self
        for position in result.members.indices {
            result.members[position].value = try transform(members[position].value)
        }
        return result
    }

    /// The members ordered by the bytes of their keys.
    package func sortedByKey() -> JSONObject {
        var result = self
        result.members.sort { $0.key.precedesByBytes($1.key) }
        result.reindex()
        return result
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        // One allocation for the typical object instead of three.
        if members.isEmpty { members.reserveCapacity(4) }
        members.append((key, value))
        if !index.isEmpty {
            index.insertLast(of: members)
        } else if members.count > Self.scanLimit {
            index = JSONKeyIndex(members)
        }
    }

    private mutating func reindex() {
        guard !index.isEmpty else { return }
        index = members.count > Self.scanLimit ? JSONKeyIndex(members) : JSONKeyIndex()
    }
}

extension JSONObject: RandomAccessCollection {
    @inlinable package var startIndex: Int { 0 }
    @inlinable package var endIndex: Int { members.count }
    @inlinable package subscript(position: Int) -> Element { members[position] }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    @usableFromInline
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.lazy.map { (key: $0.0, value: $0.1) })
    }
}
