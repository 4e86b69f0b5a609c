import Foundation
import Logging
import Storage
import Synchronization

/// Replies to starts that are written down after their requests were answered, those of a few moments together, which saves
/// each caller a transaction.
///
/// Who reads such a row in this process waits for the record, so that no answer says less than the one before. A process
/// that dies before it leaves the row pending, and the reconciler asks Temporal.
final class StartRecords: Sendable {
    private static let delay: Duration = .milliseconds(10)

    private struct State {
        var gathered: [(id: UUID, runID: String)] = []
        /// Writes what is gathered.
        var next: Task<Void, Never>?
        var writing: [UUID: Task<Void, Never>] = [:]
    }

    private let state = Mutex(State())
    private let store: ExecutionStore
    private let logger: Logger

    init(_ store: ExecutionStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    func write(_ id: UUID, runID: String) {
        state.withLock { state in
            state.gathered.append((id, runID))
            let task = state.next ?? Task { await writeSoon() }
            state.next = task
            state.writing[id] = task
        }
    }

    /// Returns when nothing of this execution is being written.
    func written(_ id: UUID) async {
        guard let task = state.withLock({ $0.writing[id] }) else { return }
        task.cancel()
        await task.value
    }

    private func writeSoon() async {
        try? await Task.sleep(for: Self.delay)
        // Of its own: who waits for it cancels the delay.
        await Task { await write() }.value
    }

    private func write() async {
        let runs = state.withLock { state in
            defer { (state.gathered, state.next) = ([], nil) }
            return state.gathered
        }
        do {
            try await store.markStarted(runs)
        } catch {
            logger.warning(
                "Starts not recorded; the reconciler will",
                metadata: ["ids": .array(runs.map { "\($0.id.text)" }), "error": "\(error)"])
        }
        state.withLock { state in for run in runs { state.writing[run.id] = nil } }
    }
}
