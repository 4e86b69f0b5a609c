import Synchronization

/// Hands one database's notifications to everybody in this process who listens.
///
/// Nobody waits for a slow listener: what it has not taken is dropped from the oldest on, and `.all` takes its place.
package final class NotificationHub: Sendable {
    /// Runs while anybody listens, and delivers what other processes do. Begins with `.all` once nothing can be missed
    /// any more; returns when its task is cancelled.
    package typealias Source = @Sendable (_ deliver: @escaping @Sendable (DatabaseNotification) -> Void) async -> Void

    private struct State {
        var listeners: [Int: AsyncStream<DatabaseNotification>.Continuation] = [:]
        var nextID = 0
        var running: Task<Void, Never>?
    }

    private let state = Mutex(State())
    private let source: Source

    package init(source: @escaping Source) {
        self.source = source
    }

    deinit {
        state.withLock { $0.running?.cancel() }
    }

    /// What is delivered from now on; ends when the listener's task is cancelled or lets go of it.
    package func stream() -> AsyncStream<DatabaseNotification> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: DatabaseNotification.self, bufferingPolicy: .bufferingNewest(256)
        )
        let id = state.withLock { state in
            state.nextID += 1
            state.listeners[state.nextID] = continuation
            if state.running == nil {
                state.running = Task { [source, weak self] in await source { [weak self] in self?.deliver([$0]) } }
            }
            return state.nextID
        }
        continuation.onTermination = { [weak self] _ in self?.remove(id) }
        return stream
    }

    package func deliver(_ notifications: some Sequence<DatabaseNotification>) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for notification in notifications {
            for listener in listeners {
                if case .dropped = listener.yield(notification) { listener.yield(.all) }
            }
        }
    }

    private func remove(_ id: Int) {
        state.withLock { state in
            guard state.listeners.removeValue(forKey: id) != nil, state.listeners.isEmpty else { return }
            state.running?.cancel()
            state.running = nil
        }
    }
}
