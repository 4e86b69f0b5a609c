extension HistoryEvent {
    /// Temporal's name of the event and what identifies it, for messages to people.
    package var summary: String {
        switch kind {
        case .workflowStarted(let started): "WorkflowExecutionStarted \(started.workflowType)"
        case .workflowTaskScheduled: "WorkflowTaskScheduled"
        case .workflowTaskStarted: "WorkflowTaskStarted"
        case .workflowTaskCompleted: "WorkflowTaskCompleted"
        case .workflowTaskFailed: "WorkflowTaskFailed"
        case .workflowTaskTimedOut: "WorkflowTaskTimedOut"
        case .activityScheduled(let id, let type): "ActivityTaskScheduled \(id) (\(type))"
        case .activityStarted(let scheduled, _): "ActivityTaskStarted of event \(scheduled)"
        case .activityCompleted(let scheduled, _): "ActivityTaskCompleted of event \(scheduled)"
        case .activityFailed(let end, _): "ActivityTaskFailed of event \(end.scheduledEventID)"
        case .activityTimedOut(let end, _): "ActivityTaskTimedOut of event \(end.scheduledEventID)"
        case .activityCancelRequested(let scheduled): "ActivityTaskCancelRequested of event \(scheduled)"
        case .activityCancelled(let end, _): "ActivityTaskCanceled of event \(end.scheduledEventID)"
        case .timerStarted(let id): "TimerStarted \(id)"
        case .timerFired(let id): "TimerFired \(id)"
        case .timerCancelled(let id): "TimerCanceled \(id)"
        case .childInitiated(let id, let type): "StartChildWorkflowExecutionInitiated \(id) (\(type))"
        case .childStartFailed(let end, _): "StartChildWorkflowExecutionFailed of event \(end.initiatedEventID)"
        case .childStarted(let initiated, _): "ChildWorkflowExecutionStarted of event \(initiated)"
        case .childCompleted(let end, _): "ChildWorkflowExecutionCompleted of event \(end.initiatedEventID)"
        case .childFailed(let end, _): "ChildWorkflowExecutionFailed of event \(end.initiatedEventID)"
        case .childCancelled(let end, _): "ChildWorkflowExecutionCanceled of event \(end.initiatedEventID)"
        case .childTimedOut(let end): "ChildWorkflowExecutionTimedOut of event \(end.initiatedEventID)"
        case .childTerminated(let end): "ChildWorkflowExecutionTerminated of event \(end.initiatedEventID)"
        case .externalSignalInitiated(let id, let name): "SignalExternalWorkflowExecutionInitiated \(name) to \(id)"
        case .externalSignaled(let initiated): "ExternalWorkflowExecutionSignaled of event \(initiated)"
        case .externalSignalFailed(let initiated, _): "SignalExternalWorkflowExecutionFailed of event \(initiated)"
        case .externalCancelInitiated(let id): "RequestCancelExternalWorkflowExecutionInitiated \(id)"
        case .externalCancelRequested(let initiated): "ExternalWorkflowExecutionCancelRequested of event \(initiated)"
        case .externalCancelFailed(let initiated, _):
            "RequestCancelExternalWorkflowExecutionFailed of event \(initiated)"
        case .searchAttributesUpserted: "UpsertWorkflowSearchAttributes"
        case .memoModified: "WorkflowPropertiesModified"
        case .updateAdmitted(let call): "WorkflowExecutionUpdateAdmitted \(call.id) (\(call.name))"
        case .updateAccepted(let id, _): "WorkflowExecutionUpdateAccepted \(id)"
        case .updateCompleted(let id): "WorkflowExecutionUpdateCompleted \(id)"
        case .signaled(let call): "WorkflowExecutionSignaled \(call.name)"
        case .cancelRequested: "WorkflowExecutionCancelRequested"
        case .completed: "WorkflowExecutionCompleted"
        case .failed: "WorkflowExecutionFailed"
        case .cancelled: "WorkflowExecutionCanceled"
        case .continuedAsNew: "WorkflowExecutionContinuedAsNew"
        case .timedOut: "WorkflowExecutionTimedOut"
        case .terminated: "WorkflowExecutionTerminated"
        case .foreignCommand(let type), .other(let type): type
        }
    }

    /// The event records a command that a worker sent.
    package var recordsCommand: Bool {
        switch kind {
        case .activityScheduled, .activityCancelRequested, .timerStarted, .timerCancelled, .childInitiated,
            .externalSignalInitiated, .externalCancelInitiated, .searchAttributesUpserted, .memoModified,
            .updateAccepted, .updateCompleted, .completed, .failed, .cancelled, .continuedAsNew, .foreignCommand:
            true
        default: false
        }
    }

    /// Nothing follows it in the run's history.
    package var closesRun: Bool {
        switch kind {
        case .completed, .failed, .cancelled, .continuedAsNew, .timedOut, .terminated: true
        default: false
        }
    }
}
