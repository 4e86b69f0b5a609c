import Foundation
import JSON
import Synchronization

/// The progress of open executions as last folded, by the length of the history it was folded from.
///
/// Folding costs in proportion to the history and its payloads, and whoever watches an execution asks every moment. A
/// `Mutex`, because every request reads it.
final class ProgressCache: Sendable {
    private struct Entry {
        let run: String
        let historyLength: Int
        let progress: JSONValue
    }
    private let entries = Mutex<[UUID: Entry]>([:])
    private static let capacity = 1000

    func progress(of id: UUID, run: String, historyLength: Int) -> JSONValue? {
        entries.withLock {
            guard let entry = $0[id], entry.run == run, entry.historyLength == historyLength else { return nil }
            return entry.progress
        }
    }

    func keep(_ progress: JSONValue, of id: UUID, run: String, historyLength: Int) {
        entries.withLock {
            if $0.count >= Self.capacity { $0.removeAll(keepingCapacity: true) }
            $0[id] = Entry(run: run, historyLength: historyLength, progress: progress)
        }
    }
}
