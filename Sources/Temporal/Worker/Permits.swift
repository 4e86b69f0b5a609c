internal import Synchronization

/// A counting semaphore for tasks: first come, first served; a waiter that is cancelled leaves the line.
final class Permits: Sendable {
    private struct State {
        var free: Int
        var nextTicket: UInt64 = 0
        var waiters: [(ticket: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let total: Int
    private let state: Mutex<State>

    init(_ total: Int) {
        self.total = total
        state = Mutex(State(free: total))
    }

    /// Throws `CancellationError` only.
    func acquire() async throws {
        try Task.checkCancellation()
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isSettled = state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.free > 0 {
                        state.free -= 1
                        continuation.resume()
                    } else {
                        state.waiters.append((ticket, continuation))
                    }
                    return true
                }
                if !isSettled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.ticket == ticket }.map { state.waiters.remove(at: $0).continuation }
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    func release() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard state.waiters.isEmpty else { return state.waiters.removeFirst().continuation }
            state.free += 1
            return nil
        }
        next?.resume()
    }

    /// Waits until all are free, or for so long, or until cancelled. Those that are free meanwhile are not to be had.
    func waitUntilFree(atMost duration: Duration) async {
        await withTaskGroup { group in
            group.addTask {
                for _ in 0..<self.total where (try? await self.acquire()) == nil { return }
            }
            group.addTask { try? await Task.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
    }
}
