import Crypto
package import Foundation
import Synchronization

/// Who the credentials seen lately belong to, so that a request need not ask the database who calls.
///
/// An answer is good for some seconds, and until keys or tenants change anywhere (`NotificationChannel.keys`). A `Mutex`,
/// because every request reads it; credentials are kept as digests.
package final class PrincipalCache: Sendable {
    package enum Finding: Sendable {
        case known(Principal, keyID: UUID?)
        /// It was good once: worth looking up, whoever asks.
        case stale
        case unknown
    }

    private struct Entry {
        var principal: Principal
        var keyID: UUID?
        /// Of the key or token itself.
        var expiresAt: Date?
        var askedAt: Date
    }

    private struct State {
        var entries: [SHA256.Digest: Entry] = [:]
        /// Raised when everything may have changed: an answer that was asked for before is not kept.
        var generation = 0
    }

    package static let timeToLive: TimeInterval = 5
    private let capacity: Int
    private let state = Mutex(State())

    package init(capacity: Int = 10_000) { self.capacity = capacity }

    package func find(_ credential: String, now: Date = Date()) -> Finding {
        let digest = SHA256.hash(data: Data(credential.utf8))
        return state.withLock { state in
            guard let entry = state.entries[digest] else { return .unknown }
            if let end = entry.expiresAt, end <= now { return .stale }
            guard now.timeIntervalSince(entry.askedAt) < Self.timeToLive else { return .stale }
            return .known(entry.principal, keyID: entry.keyID)
        }
    }

    /// To be given back to `keep` by whoever is about to ask the database.
    package var generation: Int { state.withLock { $0.generation } }

    package func keep(
        _ principal: Principal, keyID: UUID?, expiresAt: Date?, for credential: String, askedIn generation: Int,
        now: Date = Date()
    ) {
        let digest = SHA256.hash(data: Data(credential.utf8))
        state.withLock { state in
            if state.entries.count >= capacity, state.entries[digest] == nil {
                let old = now.addingTimeInterval(-Self.timeToLive)
                state.entries = state.entries.filter { $0.value.askedAt > old }
                if state.entries.count >= capacity { state.entries.removeAll(keepingCapacity: true) }
            }
            let isCurrent = generation == state.generation
            state.entries[digest] = Entry(
                principal: principal, keyID: keyID, expiresAt: expiresAt, askedAt: isCurrent ? now : .distantPast)
        }
    }

    package func remove(_ credential: String) {
        let digest = SHA256.hash(data: Data(credential.utf8))
        state.withLock { $0.entries[digest] = nil }
    }

    /// Everything must be asked again.
    package func expire() {
        state.withLock { state in
            state.generation += 1
            for digest in state.entries.keys { state.entries[digest]?.askedAt = .distantPast }
        }
    }
}
