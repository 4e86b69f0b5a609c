import Metrics
import Synchronization

/// Values that many requests read and few change: bounded in number, bytes and age; the one used longest ago makes room.
///
/// Who asks for a value that is being loaded waits for that load, so a stampede loads once. What a load brings is not
/// kept when `removeAll` came meanwhile: it may be older than the change. Nil is never kept.
package final class Cache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    package struct Limits: Sendable {
        package var entries: Int
        /// By `size`; an estimate.
        package var bytes: Int
        package var age: Duration

        package init(entries: Int = 1000, bytes: Int = 16 << 20, age: Duration = .seconds(60)) {
            self.entries = entries
            self.bytes = bytes
            self.age = age
        }
    }

    private struct Entry {
        var value: Value
        var bytes: Int
        var loadedAt: ContinuousClock.Instant
    }

    private struct State {
        var entries = LeastRecentlyUsed<Key, Entry>()
        var loading: [Key: (number: UInt64, task: Task<Value?, any Error>)] = [:]
        var bytes = 0
        var loads: UInt64 = 0
        var statistics = CacheStatistics()
    }

    private enum Found {
        case value(Value)
        case load(UInt64, Task<Value?, any Error>)
    }

    private let state = Mutex(State())
    private let limits: Limits
    private let size: @Sendable (Value) -> Int
    private let hits: Counter
    private let misses: Counter
    private let evictions: Counter

    /// - Parameters:
    ///   - name: the label `cache` of the counters `cache_hits`, `cache_misses` and `cache_evictions`.
    ///   - size: about how many bytes a value takes.
    package init(_ name: String, limits: Limits = .init(), size: @escaping @Sendable (Value) -> Int = { _ in 256 }) {
        self.limits = limits
        self.size = size
        hits = Counter(label: "cache_hits", dimensions: [("cache", name)])
        misses = Counter(label: "cache_misses", dimensions: [("cache", name)])
        evictions = Counter(label: "cache_evictions", dimensions: [("cache", name)])
    }

    /// The value that is kept, else what `load` brings.
    package func value(
        _ key: Key, load: @escaping @Sendable () async throws -> Value?
    ) async throws -> Value? {
        let found: Found = state.withLock { state in
            if let entry = state.entries.peek(key) {
                if ContinuousClock.now - entry.loadedAt < limits.age {
                    state.entries.use(key)
                    state.statistics.hits += 1
                    return .value(entry.value)
                }
                Self.remove(key, &state)
            }
            state.statistics.misses += 1
            if let loading = state.loading[key] { return .load(loading.number, loading.task) }
            // Of its own: a caller that gives up takes the value from nobody else.
            let task = Task { try await load() }
            state.loads += 1
            state.loading[key] = (state.loads, task)
            return .load(state.loads, task)
        }
        switch found {
        case .value(let value):
            hits.increment()
            return value
        case .load(let number, let task):
            misses.increment()
            let result = await task.result
            keep(key, number, try? result.get())
            return try result.get()
        }
    }

    /// The value that is kept; nil says nothing of what a load would bring, and counts as no miss.
    package func kept(_ key: Key) -> Value? {
        let value: Value? = state.withLock { state in
            guard let entry = state.entries.peek(key), ContinuousClock.now - entry.loadedAt < limits.age else {
                return nil
            }
            state.entries.use(key)
            state.statistics.hits += 1
            return entry.value
        }
        if value != nil { hits.increment() }
        return value
    }

    /// Keeps a value that was made elsewhere, in the place of any other.
    package func keep(_ value: Value, for key: Key) {
        let evicted = state.withLock { state -> Int in
            state.loading[key] = nil
            Self.remove(key, &state)
            return insert(value, for: key, &state)
        }
        if evicted > 0 { evictions.increment(by: evicted) }
    }

    /// Forgets the values of some keys, and what is being loaded.
    package func removeAll(where isOld: (Key) -> Bool) {
        state.withLock { state in
            for key in Array(state.entries.keys) where isOld(key) { Self.remove(key, &state) }
            state.loading = state.loading.filter { !isOld($0.key) }
        }
    }

    /// Forgets everything, and what is being loaded.
    package func removeAll() {
        state.withLock { state in
            state.entries = .init()
            state.loading.removeAll()
            state.bytes = 0
        }
    }

    package var statistics: CacheStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.entries = state.entries.count
            statistics.bytes = state.bytes
            return statistics
        }
    }

    /// The first of those who waited for the load keeps its value.
    private func keep(_ key: Key, _ number: UInt64, _ value: Value?) {
        let evicted = state.withLock { state -> Int in
            guard state.loading[key]?.number == number else { return 0 }
            state.loading[key] = nil
            guard let value else { return 0 }
            return insert(value, for: key, &state)
        }
        if evicted > 0 { evictions.increment(by: evicted) }
    }

    /// Returns how many others made room.
    private func insert(_ value: Value, for key: Key, _ state: inout State) -> Int {
        let bytes = size(value)
        guard bytes <= limits.bytes else { return 0 }
        state.entries.insert(Entry(value: value, bytes: bytes, loadedAt: .now), for: key)
        state.bytes += bytes
        var evicted = 0
        while state.entries.count > limits.entries || state.bytes > limits.bytes,
            let oldest = state.entries.removeOldest()
        {
            state.bytes -= oldest.bytes
            evicted += 1
        }
        state.statistics.evictions += evicted
        return evicted
    }

    private static func remove(_ key: Key, _ state: inout State) {
        if let entry = state.entries.remove(key) { state.bytes -= entry.bytes }
    }
}

/// A cache in figures, for metrics.
package struct CacheStatistics: Sendable, Hashable {
    package var hits = 0
    package var misses = 0
    package var evictions = 0
    package var entries = 0
    package var bytes = 0

    package init() {}
}
