/// One turn of a workflow as history tells it: what its last turn commanded, what happened since, and the moment it woke.
///
/// `[WorkflowTaskCompleted] command events* other events* WorkflowTaskScheduled WorkflowTaskStarted`. A task that failed or
/// timed out is no turn: its events belong to the next one.
package struct LogicalTask: Sendable {
    package var events: ArraySlice<HistoryEvent>
    /// How the machine wakes at the end of the events; nil when they are only the record of what it did (a closed run, or one
    /// between two tasks).
    package var wake: Wake?
    /// The updates that a recorded task accepted.
    package var accepted: [UpdateRequest] = []

    package struct Wake: Sendable {
        package var startedEventID: Int64
        package var now: Timestamp
        package var historyBytes: Int
        package var continueAsNewSuggested: Bool
        /// The history already holds what came of it.
        package var isReplaying: Bool
    }
}

extension LogicalTask {
    /// Splits a history, from event 1 or from the one after `last` to its end; linear in its length.
    ///
    /// `last` is 0, or the WorkflowTaskStarted of a turn that was live when it was folded: what comes first is the record of
    /// that turn.
    package static func split(_ events: [HistoryEvent], after last: Int64 = 0) throws(HistoryFault) -> [LogicalTask] {
        if let first = events.first, first.id != last + 1 {
            throw HistoryFault(eventID: first.id, message: "the history begins here, not with event \(last + 1)")
        }
        var tasks: [LogicalTask] = []
        var begin = events.startIndex
        var started: (index: Int, wake: Wake)?

        for (index, event) in events.enumerated() {
            if index > 0, event.id <= events[index - 1].id {
                throw HistoryFault(
                    eventID: event.id, message: "events out of order, after event \(events[index - 1].id)")
            }
            switch event.kind {
            case .workflowTaskStarted(let historyBytes, let continueAsNewSuggested):
                let wake = Wake(
                    startedEventID: event.id, now: event.time, historyBytes: historyBytes,
                    continueAsNewSuggested: continueAsNewSuggested, isReplaying: false
                )
                started = (index, wake)
            case .workflowTaskCompleted where index == 0 && last > 0: break
            case .workflowTaskCompleted:
                guard let (end, live) = started else {
                    throw HistoryFault(eventID: event.id, message: "WorkflowTaskCompleted without WorkflowTaskStarted")
                }
                var wake = live
                wake.isReplaying = true
                tasks.append(LogicalTask(events: events[begin...end], wake: wake))
                begin = end + 1
                started = nil
            case .workflowTaskFailed, .workflowTaskTimedOut:
                started = nil
            default:
                if event.closesRun { started = nil }
            }
        }
        if begin < events.endIndex {
            tasks.append(LogicalTask(events: events[begin...], wake: started?.wake))
        }
        for index in tasks.indices.dropFirst() {
            tasks[index - 1].accepted = tasks[index].events.compactMap(\.acceptedUpdate)
        }
        return tasks
    }
}

extension HistoryEvent {
    fileprivate var acceptedUpdate: UpdateRequest? {
        guard case .updateAccepted(let id, let call) = kind else { return nil }
        return UpdateRequest(id: id, call: call)
    }
}
