import Synchronization

/// The result of `operation`, or `late` thrown once it has taken longer than `limit` (to about 20 ms).
///
/// It is cancelled then, and waited for: the limit holds for work that heeds cancellation.
package func within<Result: Sendable>(
    _ limit: Duration, else late: @autoclosure @escaping @Sendable () -> any Error,
    _ operation: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let task = Task(operation: operation)
    let alarm = Alarms.shared.set(at: .now + limit) { task.cancel() }
    let result = await withTaskCancellationHandler {
        await task.result
    } onCancel: {
        task.cancel()
    }
    let isLate = !Alarms.shared.clear(alarm)
    if case .failure = result, isLate { throw late() }
    return try result.get()
}

/// Ends what takes too long.
///
/// One look at all of it now and then, where a sleeping task for each would keep its memory until its time had come, long
/// after the work was done, and cost two wake-ups of another thread.
private final class Alarms: Sendable {
    static let shared = Alarms()

    private struct Alarm {
        var time: ContinuousClock.Instant
        var ring: @Sendable () -> Void
    }

    private struct State {
        var alarms: [UInt64: Alarm] = [:]
        var lastID: UInt64 = 0
        var isWatching = false
    }

    private static let interval = Duration.milliseconds(20)

    private let state = Mutex(State())

    func set(at time: ContinuousClock.Instant, _ ring: @escaping @Sendable () -> Void) -> UInt64 {
        let (id, isFirst) = state.withLock { state in
            state.lastID += 1
            state.alarms[state.lastID] = Alarm(time: time, ring: ring)
            defer { state.isWatching = true }
            return (state.lastID, !state.isWatching)
        }
        if isFirst { Task.detached { await self.watch() } }
        return id
    }

    /// False: it has rung.
    func clear(_ id: UInt64) -> Bool { state.withLock { $0.alarms.removeValue(forKey: id) != nil } }

    /// As long as there are alarms.
    private func watch() async {
        while let due = takeDue() {
            for alarm in due { alarm.ring() }
            try? await Task.sleep(for: Self.interval)
        }
    }

    private func takeDue() -> [Alarm]? {
        let now = ContinuousClock.now
        return state.withLock { state in
            guard !state.alarms.isEmpty else {
                state.isWatching = false
                return nil
            }
            let due = state.alarms.filter { $0.value.time <= now }
            for id in due.keys { state.alarms[id] = nil }
            return Array(due.values)
        }
    }
}
