import Storage
import Synchronization

/// Of those who want the same, one goes and the others wait for it.
///
/// A `Mutex`, because whoever joins and lands never waits inside.
final class Flights: Sendable {
    private struct State {
        /// By what is wanted: who waits, by a number of its own.
        var waiting: [AnswerKey: [Int: AsyncStream<Void>.Continuation]] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())

    /// True for the one that goes, and must land. False once another has landed, or `deadline` has come.
    func join(_ key: AnswerKey, until deadline: ContinuousClock.Instant) async -> Bool {
        let (landed, continuation) = AsyncStream.makeStream(of: Void.self)
        let number: Int? = state.withLock { state in
            guard state.waiting[key] != nil else {
                state.waiting[key] = [:]
                return nil
            }
            state.nextNumber += 1
            state.waiting[key]?[state.nextNumber] = continuation
            return state.nextNumber
        }
        guard let number else { return true }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in landed {} }
            group.addTask { try? await Task.sleep(until: deadline, clock: .continuous) }
            await group.next()
            group.cancelAll()
        }
        state.withLock { $0.waiting[key]?[number] = nil }
        return false
    }

    func land(_ key: AnswerKey) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: key) }
        for continuation in (waiting ?? [:]).values { continuation.finish() }
    }
}
