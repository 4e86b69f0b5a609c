internal import Synchronization

/// The slots of one worker: as many tasks as it runs at once.
///
/// A poller reserves a slot before it polls, so that a task that arrives never waits. First come, first served, but for
/// one rule where several sources share the slots: while no poll of the first source is under way, its pollers go before
/// others, and others leave one slot to it. So the polls of others, idle for a minute, never starve the first source; and
/// once it polls, the others have the rest.
package final class Slots: Sendable {
    package struct Counts: Sendable, Equatable {
        package var total: Int
        /// Tasks that run; reservations of pollers are not counted.
        package var used: Int

        package init(total: Int, used: Int) {
            self.total = total
            self.used = used
        }
    }

    private struct Waiter {
        var ticket: UInt64
        var isFirst: Bool
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var free: Int
        var used = 0
        var finished = 0
        /// Reservations of the first source.
        var firstPolls = 0
        var isClosed = false
        var nextTicket: UInt64 = 0
        var waiters: [Waiter] = []

        /// May the next in line, or one who comes with an empty line, have a slot?
        func admits(isFirst: Bool) -> Bool { isFirst || firstPolls > 0 ? free > 0 : free > 1 }

        mutating func take(isFirst: Bool) {
            free -= 1
            if isFirst { firstPolls += 1 }
        }

        /// Takes out of the line who may go on now.
        mutating func admitWaiters() -> [Waiter] {
            var admitted: [Waiter] = []
            while free > 0 {
                let first = firstPolls == 0 ? waiters.firstIndex(where: \.isFirst) : nil
                guard let index = first ?? waiters.indices.first, admits(isFirst: waiters[index].isFirst) else { break }
                let waiter = waiters.remove(at: index)
                take(isFirst: waiter.isFirst)
                admitted.append(waiter)
            }
            return admitted
        }
    }

    private let total: Int
    private let state: Mutex<State>
    private let onChange: @Sendable (Counts) -> Void

    /// - Parameter onChange: Hears of every task that begins or ends.
    package init(_ total: Int, onChange: @escaping @Sendable (Counts) -> Void = { _ in }) {
        self.total = total
        self.onChange = onChange
        state = Mutex(State(free: total))
        onChange(Counts(total: total, used: 0))
    }

    package var counts: Counts { Counts(total: total, used: state.withLock { $0.used }) }

    /// Tasks that are over.
    package var finished: Int { state.withLock { $0.finished } }

    /// Waits for a slot. Throws `CancellationError` only: when the task is cancelled, or the slots are closed.
    package func reserve(isFirst: Bool = true) async throws {
        try Task.checkCancellation()
        let ticket: UInt64? = try state.withLock { state in
            if state.isClosed { throw CancellationError() }
            if state.admits(isFirst: isFirst) {
                state.take(isFirst: isFirst)
                return nil
            }
            state.nextTicket += 1
            return state.nextTicket
        }
        guard let ticket else { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let admitted: [Waiter]? = state.withLock { state in
                    if Task.isCancelled || state.isClosed { return nil }
                    state.waiters.append(Waiter(ticket: ticket, isFirst: isFirst, continuation: continuation))
                    // A slot may have become free since.
                    return state.admitWaiters()
                }
                guard let admitted else { return continuation.resume(throwing: CancellationError()) }
                for waiter in admitted { waiter.continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.ticket == ticket }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// The poll brought nothing.
    package func giveBack(isFirst: Bool = true) {
        free { state in if isFirst { state.firstPolls -= 1 } }
    }

    /// The poll brought a task, which now has the slot.
    package func use(isFirst: Bool = true) {
        let used = state.withLock { state in
            if isFirst { state.firstPolls -= 1 }
            state.used += 1
            return state.used
        }
        onChange(Counts(total: total, used: used))
    }

    /// The task is over.
    package func release() {
        let used = free { state in
            state.used -= 1
            state.finished += 1
            return state.used
        }
        onChange(Counts(total: total, used: used))
    }

    /// No reservation from now on: who waits for one gets `CancellationError`.
    package func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(throwing: CancellationError()) }
    }

    private func free<Result: Sendable>(_ change: (inout State) -> Result) -> Result {
        let (result, admitted) = state.withLock { state in
            let result = change(&state)
            state.free += 1
            return (result, state.admitWaiters())
        }
        for waiter in admitted { waiter.continuation.resume() }
        return result
    }
}
