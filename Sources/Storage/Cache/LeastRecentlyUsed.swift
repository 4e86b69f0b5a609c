/// A dictionary that knows which of its values was used longest ago. Every operation takes the same time, however many
/// there are.
package struct LeastRecentlyUsed<Key: Hashable, Value> {
    /// Linked in the order of use; by indices, since a list of objects would take an allocation and two counts each.
    private struct Node {
        let key: Key
        var value: Value
        var older: Int?
        var newer: Int?
    }

    private var places: [Key: Int] = [:]
    private var nodes: [Node?] = []
    private var free: [Int] = []
    private var oldest: Int?
    private var newest: Int?

    package init() {}

    package var count: Int { places.count }
    var keys: some Collection<Key> { places.keys }

    /// As it is, without being used.
    package func peek(_ key: Key) -> Value? { places[key].flatMap { nodes[$0]?.value } }

    /// Marks the value as used now.
    package mutating func use(_ key: Key) {
        guard let place = places[key], place != newest else { return }
        unlink(place)
        link(place)
    }

    /// Counts as its use.
    package mutating func insert(_ value: Value, for key: Key) {
        if let place = places[key] {
            nodes[place]?.value = value
            return use(key)
        }
        let node = Node(key: key, value: value)
        let place = free.popLast() ?? nodes.endIndex
        if place == nodes.endIndex { nodes.append(node) } else { nodes[place] = node }
        places[key] = place
        link(place)
    }

    mutating func remove(_ key: Key) -> Value? {
        guard let place = places.removeValue(forKey: key), let node = nodes[place] else { return nil }
        unlink(place)
        nodes[place] = nil
        free.append(place)
        return node.value
    }

    /// Removes the one used longest ago.
    package mutating func removeOldest() -> Value? { oldest.flatMap { nodes[$0] }.flatMap { remove($0.key) } }

    private mutating func link(_ place: Int) {
        nodes[place]?.older = newest
        nodes[place]?.newer = nil
        if let newest { nodes[newest]?.newer = place } else { oldest = place }
        newest = place
    }

    private mutating func unlink(_ place: Int) {
        guard let node = nodes[place] else { return }
        if let older = node.older { nodes[older]?.newer = node.newer } else { oldest = node.newer }
        if let newer = node.newer { nodes[newer]?.older = node.older } else { newest = node.older }
    }
}
