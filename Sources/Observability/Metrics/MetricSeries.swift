import CoreMetrics
import Synchronization

/// A name and value that tell one series of a metric from another.
package struct MetricLabel: Sendable, Hashable, Comparable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    package static func < (left: MetricLabel, right: MetricLabel) -> Bool {
        (left.name, left.value) < (right.name, right.value)
    }
}

/// Goes up only. One atomic addition an increment.
final class CounterSeries: CounterHandler {
    private let count = Atomic<UInt64>(0)

    var value: UInt64 { count.load(ordering: .relaxed) }

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        count.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// A counter that went back would look like a restart; ours never does.
    func reset() {}
}

/// As `CounterSeries`, of fractions: dollars, seconds.
final class FractionCounterSeries: FloatingPointCounterHandler {
    private let sum = Mutex(0.0)

    var value: Double { sum.withLock { $0 } }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        sum.withLock { $0 += amount }
    }

    func reset() {}
}

/// The last value that was told.
final class GaugeSeries: RecorderHandler, MeterHandler {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func increment(by amount: Double) { change(by: amount) }
    func decrement(by amount: Double) { change(by: -amount) }

    private func change(by amount: Double) {
        var known = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: known) + amount).bitPattern
            let (exchanged, original) = bits.compareExchange(expected: known, desired: next, ordering: .relaxed)
            if exchanged { return }
            known = original
        }
    }
}

/// Counts observations by fixed upper bounds. Timers record nanoseconds and are kept in seconds.
final class HistogramSeries: RecorderHandler, TimerHandler {
    struct Counts: Sendable {
        /// One a bound, and one for what is above all of them; each observation is in one.
        var buckets: [UInt64]
        var sum = 0.0
    }

    /// Ascending; what equals a bound is within it.
    let bounds: [Double]
    private let counts: Mutex<Counts>

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Mutex(Counts(buckets: Array(repeating: 0, count: bounds.count + 1)))
    }

    var value: Counts { counts.withLock { $0 } }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        // Few bounds: a binary search would not be quicker.
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        let bucket = index
        counts.withLock {
            $0.buckets[bucket] += 1
            $0.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(max(0, duration)) / 1_000_000_000) }
}
