import Storage

/// The statements that a session has prepared, by their text. The one used longest ago makes room.
struct StatementCache {
    static let capacity = 256

    private var names = LeastRecentlyUsed<String, String>()
    private var lastNumber = 0

    mutating func name(of sql: String) -> String? {
        names.use(sql)
        return names.peek(sql)
    }

    /// A name for another statement, and the one to be deallocated for it.
    mutating func reserve() -> (name: String, evicted: String?) {
        lastNumber += 1
        return ("s\(lastNumber)", names.count >= Self.capacity ? names.removeOldest() : nil)
    }

    mutating func insert(_ name: String, for sql: String) { names.insert(name, for: sql) }

    mutating func removeAll() { names = .init() }
}
