import Foundation
import Synchronization

/// Replies to starts that are written down after their requests were answered, which saves each caller a transaction.
///
/// Who reads such a row in this process waits for the record, so that no answer says less than the one before. A process
/// that dies before it leaves the row pending, and the reconciler asks Temporal.
final class StartRecords: Sendable {
    private let writing = Mutex<[UUID: Task<Void, Never>]>([:])

    func write(_ id: UUID, _ record: @escaping @Sendable () async -> Void) {
        writing.withLock { writing in
            writing[id] = Task {
                await record()
                self.writing.withLock { $0[id] = nil }
            }
        }
    }

    /// Returns when nothing of this execution is being written.
    func written(_ id: UUID) async {
        await writing.withLock { $0[id] }?.value
    }
}
