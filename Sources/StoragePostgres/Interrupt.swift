import Synchronization

/// Whether the caller still wants an answer; fired when its task is cancelled.
final class Interrupt: Sendable {
    private struct State {
        var hasFired = false
        var action: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    var hasFired: Bool { state.withLock(\.hasFired) }

    func fire() {
        let action = state.withLock { state in
            state.hasFired = true
            defer { state.action = nil }
            return state.action
        }
        action?()
    }

    /// Calls `action` when it fires, at once when it has; nil forgets an earlier one.
    func whenFired(_ action: (@Sendable () -> Void)?) {
        let hasFired = state.withLock { state in
            state.action = action
            return state.hasFired
        }
        if hasFired { action?() }
    }
}
