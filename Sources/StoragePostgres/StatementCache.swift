/// The statements that a session has prepared, by their text. The one used longest ago makes room.
struct StatementCache {
    static let capacity = 256

    private var names: [String: (name: String, used: Int)] = [:]
    private var clock = 0

    mutating func name(of sql: String) -> String? {
        guard let found = names[sql] else { return nil }
        clock += 1
        names[sql] = (found.name, clock)
        return found.name
    }

    /// A name for another statement, and the one to be deallocated for it.
    mutating func reserve() -> (name: String, evicted: String?) {
        clock += 1
        var evicted: String?
        if names.count >= Self.capacity, let oldest = names.min(by: { $0.value.used < $1.value.used }) {
            evicted = oldest.value.name
            names[oldest.key] = nil
        }
        return ("s\(clock)", evicted)
    }

    mutating func insert(_ name: String, for sql: String) { names[sql] = (name, clock) }

    mutating func removeAll() { names.removeAll() }
}
