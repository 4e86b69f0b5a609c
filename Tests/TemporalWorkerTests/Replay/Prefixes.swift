import Temporal
import Testing

/// Cuts a history at each of its workflow tasks and lets a machine answer it as if it were new: it must command what the
/// rest of the history records.
func expectSameCommandsFromEveryPrefix<Machine: WorkflowMachine>(
    of events: [HistoryEvent], _ machine: Machine.Type, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    for (index, event) in events.enumerated() {
        guard case .workflowTaskCompleted = event.kind else { continue }
        let started = try #require(
            events[..<index].lastIndex { if case .workflowTaskStarted = $0.kind { true } else { false } })
        guard case .workflowStarted(let first)? = events.first?.kind else { return }
        var run = WorkflowRun<Machine>(namespace: "default", workflowID: first.workflowID, runID: first.originalRunID)
        try run.apply(history: Array(events[...started]), updates: acceptedUpdates(in: events[(index + 1)...]))
        if isTooLarge(events[(index + 1)...].first) { continue }
        let recorded = events[(index + 1)...].prefix { $0.recordsCommand }.map(\.summary)
        let sent = run.outgoing.map(\.eventSummary)
        #expect(sent == recorded, "at event \(event.id)", sourceLocation: sourceLocation)
    }
}

/// The server would ask for the updates that the task then accepted, but for those that the history admitted before.
private func acceptedUpdates(in rest: ArraySlice<HistoryEvent>) -> [UpdateRequest] {
    rest.prefix { $0.recordsCommand }.compactMap {
        guard case .updateAccepted(let id, let call?) = $0.kind else { return nil }
        return UpdateRequest(id: id, call: call)
    }
}

/// The worker, not the machine, ended this run.
private func isTooLarge(_ event: HistoryEvent?) -> Bool {
    if case .failed(let failure)? = event?.kind, case .application("PayloadTooLarge", _, _, _) = failure.kind {
        true
    } else {
        false
    }
}

/// Folds a history in the parts that a worker which keeps the run between its tasks is given: after each part the run must
/// command what the next one records.
func expectSameCommandsInParts<Machine: WorkflowMachine>(
    of events: [HistoryEvent], _ machine: Machine.Type, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    var run = WorkflowRun<Machine>(namespace: "default", workflowID: "w", runID: "run")
    if case .workflowStarted(let started)? = events.first?.kind {
        run = WorkflowRun(namespace: "default", workflowID: started.workflowID, runID: started.originalRunID)
    }
    for (index, event) in events.enumerated() {
        guard case .workflowTaskCompleted = event.kind else { continue }
        let started = try #require(
            events[..<index].lastIndex { if case .workflowTaskStarted = $0.kind { true } else { false } })
        let end = events[...started]
        // What the server sends begins there, or with event 1 when it goes to any worker.
        let part = run.lastEventID == 0 ? end : try #require(run.continuation(in: Array(end)))
        try run.apply(history: Array(part), updates: acceptedUpdates(in: events[(index + 1)...]))
        let recorded = events[(index + 1)...].prefix { $0.recordsCommand }.map(\.summary)
        if isTooLarge(events[(index + 1)...].first) { return }
        #expect(run.outgoing.map(\.eventSummary) == recorded, "at event \(event.id)", sourceLocation: sourceLocation)
        run.forgetWhatWasSent()
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
