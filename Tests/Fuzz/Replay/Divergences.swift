package import Temporal

/// Where a machine, given parts of a recorded history as if they were new, commands other than what the rest records.
package struct Divergence: Sendable, CustomStringConvertible {
    package var eventID: Int64
    package var recorded: [String]
    package var commanded: [String]

    package var description: String { "at event \(eventID): recorded \(recorded), commanded \(commanded)" }
}

extension WorkflowMachine {
    /// Cuts a history at each of its workflow tasks and lets the machine answer it as if it were new.
    package static func divergencesFromPrefixes(of events: [HistoryEvent]) throws -> [Divergence] {
        guard case .workflowStarted(let started)? = events.first?.kind else { return [] }
        return try answeredTasks(of: events).compactMap { task in
            var run = WorkflowRun<Self>(
                namespace: "default", workflowID: started.workflowID, runID: started.originalRunID)
            try run.apply(history: Array(events[...task.started]), updates: task.updates)
            return task.divergence(of: run)
        }
    }

    /// Folds a history in the parts that a worker which keeps the run between its tasks is given.
    package static func divergencesInParts(of events: [HistoryEvent]) throws -> [Divergence] {
        guard case .workflowStarted(let started)? = events.first?.kind else { return [] }
        var run = WorkflowRun<Self>(namespace: "default", workflowID: started.workflowID, runID: started.originalRunID)
        var found: [Divergence] = []
        for task in answeredTasks(of: events) {
            let end = Array(events[...task.started])
            // What the server sends begins there, or with event 1 when it goes to any worker.
            let part = run.lastEventID == 0 ? end[...] : run.continuation(in: end)
            guard let part else {
                return found + [Divergence(eventID: task.eventID, recorded: task.recorded, commanded: ["no way on"])]
            }
            try run.apply(history: Array(part), updates: task.updates)
            if task.isTooLarge { return found }
            if let divergence = task.divergence(of: run) { found.append(divergence) }
            run.forgetWhatWasSent()
        }
        return found
    }

    private static func answeredTasks(of events: [HistoryEvent]) -> [AnsweredTask] {
        var started = 0
        return events.indices.compactMap { index in
            switch events[index].kind {
            case .workflowTaskStarted: started = index
            case .workflowTaskCompleted: return AnsweredTask(events, started: started, completed: index)
            default: break
            }
            return nil
        }
    }
}

/// A workflow task and what its answer left in the history.
private struct AnsweredTask {
    let started: Int
    let eventID: Int64
    let recorded: [String]
    /// The server would ask for the updates that the task then accepted, but for those that the history admitted before.
    let updates: [UpdateRequest]
    /// The worker, not the machine, ended this run.
    let isTooLarge: Bool

    init(_ events: [HistoryEvent], started: Int, completed: Int) {
        self.started = started
        eventID = events[completed].id
        let answer = events[(completed + 1)...].prefix { $0.recordsCommand }
        recorded = answer.map(\.summary)
        updates = answer.compactMap {
            guard case .updateAccepted(let id, let call?) = $0.kind else { return nil }
            return UpdateRequest(id: id, call: call)
        }
        if case .failed(let failure)? = answer.first?.kind,
            case .application("PayloadTooLarge", _, _, _) = failure.kind
        {
            isTooLarge = true
        } else {
            isTooLarge = false
        }
    }

    func divergence<Machine>(of run: WorkflowRun<Machine>) -> Divergence? {
        let commanded = run.outgoing.map(\.eventSummary)
        guard !isTooLarge, commanded != recorded else { return nil }
        return Divergence(eventID: eventID, recorded: recorded, commanded: commanded)
    }
}

extension OutgoingCommand {
    /// The `HistoryEvent.summary` of what the server writes for this command.
    fileprivate var eventSummary: String {
        switch self {
        case .scheduleActivity(let id, let options): "ActivityTaskScheduled \(id) (\(options.activityType))"
        case .requestCancelActivity(_, let event): "ActivityTaskCancelRequested of event \(event)"
        case .startTimer(let id, _, _): "TimerStarted \(id)"
        case .cancelTimer(let id): "TimerCanceled \(id)"
        case .startChild(_, let options):
            "StartChildWorkflowExecutionInitiated \(options.workflowID) (\(options.workflowType))"
        case .signalExternal(_, let target, let call):
            "SignalExternalWorkflowExecutionInitiated \(call.name) to \(target.workflowID)"
        case .cancelExternal(_, let target, _): "RequestCancelExternalWorkflowExecutionInitiated \(target.workflowID)"
        case .acceptUpdate(let update): "WorkflowExecutionUpdateAccepted \(update.id)"
        case .completeUpdate(let id, _): "WorkflowExecutionUpdateCompleted \(id)"
        case .upsertSearchAttributes: "UpsertWorkflowSearchAttributes"
        case .modifyMemo: "WorkflowPropertiesModified"
        case .complete: "WorkflowExecutionCompleted"
        case .fail: "WorkflowExecutionFailed"
        case .cancelled: "WorkflowExecutionCanceled"
        case .continueAsNew: "WorkflowExecutionContinuedAsNew"
        }
    }
}
