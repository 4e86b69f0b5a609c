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
        let run = try WorkflowReplayer<Machine>().replay(Array(events[...started]))
        if case .failed(let failure)? = events[(index + 1)...].first?.kind,
            case .application("PayloadTooLarge", _, _, _) = failure.kind
        {
            // The worker, not the machine, ended this run.
            continue
        }
        let recorded = events[(index + 1)...].prefix { $0.recordsCommand }.map(\.summary)
        let sent = run.outgoing.map(\.eventSummary)
        #expect(sent == recorded, "at event \(event.id)", sourceLocation: sourceLocation)
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
        case .complete: "WorkflowExecutionCompleted"
        case .fail: "WorkflowExecutionFailed"
        case .cancelled: "WorkflowExecutionCanceled"
        case .continueAsNew: "WorkflowExecutionContinuedAsNew"
        }
    }
}
