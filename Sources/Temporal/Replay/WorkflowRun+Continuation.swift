internal import Foundation

/// What a run needs to live on between its tasks, in a cache.
///
/// Such a run stands at the WorkflowTaskStarted of a task whose answer the server has accepted.
extension WorkflowRun {
    /// The part of a history, whole or partial, that goes on where this run stands: it begins with the completion of the
    /// run's last task. nil where it does not: another worker's answer counts, or the task was undone.
    package func continuation(in events: [HistoryEvent]) -> ArraySlice<HistoryEvent>? {
        let rest = events.drop { $0.id <= lastEventID }
        guard let first = rest.first, first.id == lastEventID + 1, case .workflowTaskCompleted = first.kind else {
            return nil
        }
        return rest
    }

    /// The server has accepted what is outgoing: of that only what it is recognised by in the history is kept.
    package mutating func forgetWhatWasSent() { ledger.forgetPayloads() }

    /// Approximate bytes held, for the cache's bound.
    package var footprint: Int {
        MemoryLayout<Self>.size + (machine?.footprint ?? 0) + ledger.footprint + startFootprint
    }

    private var startFootprint: Int {
        guard let started else { return 0 }
        return [started.memo, started.headers, started.searchAttributes].joined()
            .reduce(0) { $0 + $1.key.utf8.count + $1.value.footprint }
    }
}

extension Payload {
    /// Approximate bytes in memory.
    var footprint: Int {
        metadata.reduce(MemoryLayout<Self>.size + data.count) { $0 + $1.key.utf8.count + $1.value.count + 64 }
    }
}
