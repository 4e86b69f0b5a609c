import Foundation
import JSON
import Synchronization
import Temporal
import Worker

/// How far an open run is.
struct RunProgress: Sendable {
    /// As `RunJournal.progress`.
    var document: JSONValue
    let pausedAt: Date?
    /// The run has heard of all that it was told.
    let isCurrent: Bool

    init(_ journal: RunJournal) {
        document = journal.progress
        pausedAt = journal.pausedAt?.date
        isCurrent = journal.firstTaskAt != nil && !journal.hasUnheardSignals && journal.fault == nil
    }

    /// With the attempts of the activities that are under way; history tells only of their ends.
    func with(_ pending: [PendingActivity], run: String) -> RunProgress {
        guard !pending.isEmpty, let steps = document["steps"]?.array, var object = document.object else { return self }
        let activities = Dictionary(pending.map { ("\(run)/\($0.activityID)", $0) }, uniquingKeysWith: { $1 })
        object["steps"] = .array(
            steps.map { step in
                guard var object = step.object, let id = object["activity_id"]?.string, let activity = activities[id]
                else { return step }
                object["activity_attempts"] = .integer(Int64(activity.attempt))
                object["last_failure"] = activity.lastFailure.map { .string(String($0.description.prefix(1000))) }
                return .object(object)
            })
        var progress = self
        progress.document = .object(object)
        return progress
    }
}

/// The progress of open executions as last folded, by the length of the history it was folded from.
///
/// Folding costs in proportion to the history and its payloads, and whoever watches an execution asks every moment. A
/// `Mutex`, because every request reads it.
final class ProgressCache: Sendable {
    private struct Entry {
        let run: String
        let historyLength: Int
        let progress: RunProgress
    }
    private let entries = Mutex<[UUID: Entry]>([:])
    private static let capacity = 200

    func progress(of id: UUID, run: String, historyLength: Int) -> RunProgress? {
        entries.withLock {
            guard let entry = $0[id], entry.run == run, entry.historyLength == historyLength else { return nil }
            return entry.progress
        }
    }

    func keep(_ progress: RunProgress, of id: UUID, run: String, historyLength: Int) {
        entries.withLock {
            if $0.count >= Self.capacity { $0.removeAll(keepingCapacity: true) }
            $0[id] = Entry(run: run, historyLength: historyLength, progress: progress)
        }
    }
}
