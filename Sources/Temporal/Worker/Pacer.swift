internal import Synchronization

/// Lets so many through a second, evenly: without bursts, however long nobody came.
package final class Pacer: Sendable {
    private let interval: Duration
    private let next = Mutex(ContinuousClock.now)

    /// nil for a rate that is none.
    package init?(perSecond rate: Double?) {
        guard let rate, rate > 0, rate.isFinite else { return nil }
        // Slower than one an hour is meant as "hardly ever"; the bound keeps sums of times within their range.
        interval = min(.seconds(1) / rate, .seconds(3_600))
    }

    /// Waits for a turn. Throws `CancellationError` when the task is cancelled or graceful shutdown begins.
    func wait() async throws {
        let turn = next.withLock { next in
            let turn = max(next, .now)
            next = turn + interval
            return turn
        }
        let delay = ContinuousClock.now.duration(to: turn)
        if delay > .zero { try await sleepUntilStopped(for: delay) }
    }

    /// A turn was not used.
    func giveBack() { next.withLock { $0 -= interval } }
}
