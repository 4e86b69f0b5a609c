/// Finds the member of a key in a large object: an open-addressing hash table of positions, at most half full.
///
/// It holds no keys of its own, only where they stand, and is rebuilt when positions move.
struct JSONKeyIndex: Sendable {
    /// Position + 1 of a member, 0 for a free slot; a power of two, or empty.
    private var slots: [UInt32] = []

    init() {}

    init(_ members: [JSONObject.Element]) {
        rebuild(members)
    }

    var isEmpty: Bool { slots.isEmpty }

    func position(of key: String, in members: [JSONObject.Element]) -> Int? {
        var slot = firstSlot(of: key)
        while slots[slot] != 0 {
            let position = Int(slots[slot]) - 1
            if members[position].key.hasSameBytes(as: key) { return position }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    mutating func insertLast(of members: [JSONObject.Element]) {
        if members.count * 2 > slots.count {
            rebuild(members)
        } else if let last = members.indices.last {
            insert(members[last].key, at: last)
        }
    }

    private mutating func rebuild(_ members: [JSONObject.Element]) {
        var capacity = 32
        while capacity < members.count * 3 { capacity *= 2 }
        slots = [UInt32](repeating: 0, count: capacity)
        for position in members.indices { insert(members[position].key, at: position) }
    }

    private mutating func insert(_ key: String, at position: Int) {
        var slot = firstSlot(of: key)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(truncatingIfNeeded: position + 1)
    }

    private func firstSlot(of key: String) -> Int {
        var hasher = Hasher()
        key.hashBytes(into: &hasher)
        return hasher.finalize() & (slots.count - 1)
    }
}
