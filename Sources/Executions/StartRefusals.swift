import Foundation
import Synchronization

/// Since when Temporal has refused the starts that it refuses.
///
/// A server that has just started refuses for a moment what it takes afterwards (search attributes that it has not loaded
/// yet), with the same code as what it never takes. Only a refusal that lasts ends an execution that was accepted.
final class StartRefusals: Sendable {
    private let since = Mutex<[UUID: ContinuousClock.Instant]>([:])
    private static let patience = Duration.seconds(60)
    private static let capacity = 10_000

    /// Notes a refusal; whether the first one was so long ago that no later attempt will be accepted.
    func isLasting(_ id: UUID) -> Bool {
        since.withLock { since in
            if since.count >= Self.capacity { since.removeAll() }
            let first = since[id] ?? .now
            since[id] = first
            guard ContinuousClock.now - first >= Self.patience else { return false }
            since[id] = nil
            return true
        }
    }
}
