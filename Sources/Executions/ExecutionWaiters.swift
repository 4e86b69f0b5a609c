import Foundation
import ServiceLifecycle
package import Storage
import Synchronization

/// Wakes whoever waits for an execution when its row has changed: one subscriber to the database's notifications for the
/// process, however many wait.
///
/// A `Mutex`, because requests enter and leave at any moment and nobody waits inside.
package final class ExecutionWaiters: Service {
    private struct State {
        var nextID = 0
        var waiting: [UUID: [Int: AsyncStream<Void>.Continuation]] = [:]
    }

    private let database: any Database
    private let state = Mutex(State())

    package init(_ database: any Database) {
        self.database = database
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            for await notification in database.notifications() {
                switch notification {
                case .changed(.executions, let text): if let id = UUID(uuidString: text) { wake(id) }
                case .all: wakeAll()
                case .changed: break
                }
            }
        }
    }

    /// Ticks from now on whenever the execution's row may have changed; several changes may be one tick.
    func changes(of id: UUID) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextID += 1
            state.waiting[id, default: [:]][state.nextID] = continuation
            return state.nextID
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.waiting[id]?[number] = nil
                if state.waiting[id]?.isEmpty == true { state.waiting[id] = nil }
            }
        }
        return stream
    }

    private func wake(_ id: UUID) {
        for continuation in state.withLock({ $0.waiting[id]?.values.map { $0 } }) ?? [] { continuation.yield() }
    }

    private func wakeAll() {
        for continuation in state.withLock({ $0.waiting.values.flatMap(\.values) }) { continuation.yield() }
    }
}
