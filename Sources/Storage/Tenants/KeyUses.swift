package import Foundation
import Synchronization

/// When keys were last used, collected for one write every few minutes: no request waits for it.
package final class KeyUses: Sendable {
    private static let capacity = 10_000
    private let uses = Mutex<[UUID: Date]>([:])

    package init() {}

    package func note(_ key: UUID, now: Date = Date()) {
        uses.withLock { uses in
            guard uses.count < Self.capacity || uses[key] != nil else { return }
            uses[key] = now
        }
    }

    /// Writes what was collected; what could not be written is kept for the next time.
    package func flush(to keys: APIKeyStore) async throws {
        let collected = uses.withLock { uses in
            defer { uses = [:] }
            return uses
        }
        do {
            try await keys.recordUses(collected)
        } catch {
            uses.withLock { $0.merge(collected) { max($0, $1) } }
            throw error
        }
    }
}
