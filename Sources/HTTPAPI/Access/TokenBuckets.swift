import Synchronization

/// A token bucket for each of a bounded number of callers. Each process has its own.
///
/// A `Mutex`, because every request takes from it.
final class TokenBuckets<Key: Hashable & Sendable>: Sendable {
    struct Decision: Sendable {
        let isAllowed: Bool
        /// What is left, whole requests.
        let remaining: Int
        /// Seconds until the bucket is full again, and until there is one to take.
        let fullIn: Int
        let retryAfter: Int
    }

    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    private let capacity: Int
    private let buckets = Mutex<[Key: Bucket]>([:])

    /// - Parameter capacity: callers; beyond it, those with full buckets are forgotten, then all.
    init(capacity: Int = 10_000) { self.capacity = capacity }

    /// - Parameters:
    ///   - quota: the bucket's size, filled once within `window` seconds.
    ///   - cost: 0 only looks.
    func take(
        _ key: Key, quota: Int, window: Double = 60, cost: Double = 1, now: ContinuousClock.Instant = .now
    ) -> Decision {
        let rate = Double(quota) / window
        return buckets.withLock { buckets in
            if buckets[key] == nil, buckets.count >= capacity {
                buckets = buckets.filter { ($0.value.at.duration(to: now) / .seconds(1)) < window }
                if buckets.count >= capacity { buckets.removeAll(keepingCapacity: true) }
            }
            var bucket = buckets[key] ?? Bucket(tokens: Double(quota), at: now)
            bucket.tokens = min(Double(quota), bucket.tokens + max(0, bucket.at.duration(to: now) / .seconds(1)) * rate)
            bucket.at = now
            let isAllowed = bucket.tokens >= max(cost, 1)
            if isAllowed { bucket.tokens -= cost }
            buckets[key] = bucket
            return Decision(
                isAllowed: isAllowed, remaining: Int(bucket.tokens),
                fullIn: Int(((Double(quota) - bucket.tokens) / rate).rounded(.up)),
                retryAfter: max(1, Int(((1 - bucket.tokens) / rate).rounded(.up))))
        }
    }
}
