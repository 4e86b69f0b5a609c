/// A command as it goes to the server: ids resolved, cancelled ones gone.
package enum OutgoingCommand: Sendable {
    case scheduleActivity(Seq, ActivityOptions)
    case requestCancelActivity(Seq, scheduledEventID: Int64)
    case startTimer(Seq, Duration, summary: String)
    case cancelTimer(Seq)
    case startChild(Seq, ChildOptions)
    case signalExternal(Seq, ExternalTarget, SignalCall)
    case cancelExternal(CancelAsker, ExternalTarget, reason: String)
    case acceptUpdate(UpdateRequest)
    case completeUpdate(id: String, Result<Payload, Failure>)
    case upsertSearchAttributes(SearchAttributes)
    case modifyMemo([String: Payload])
    case complete(Payload)
    case fail(Failure)
    case cancelled([Payload])
    case continueAsNew(ContinueAsNew)

    /// Who wants another workflow cancelled.
    package enum CancelAsker: Sendable, Hashable {
        case machine(Seq)
        /// The cancel of a child, on its way to it.
        case child(Seq)
    }

    /// Temporal's name of the command and what identifies it, for messages to people.
    package var summary: String {
        switch self {
        case .scheduleActivity(let seq, let options): "ScheduleActivityTask \(seq) (\(options.activityType))"
        case .requestCancelActivity(let seq, let event): "RequestCancelActivityTask \(seq) of event \(event)"
        case .startTimer(let seq, _, _): "StartTimer \(seq)"
        case .cancelTimer(let seq): "CancelTimer \(seq)"
        case .startChild(_, let options): "StartChildWorkflowExecution \(options.workflowID) (\(options.workflowType))"
        case .signalExternal(_, let target, let call):
            "SignalExternalWorkflowExecution \(call.name) to \(target.workflowID)"
        case .cancelExternal(_, let target, _): "RequestCancelExternalWorkflowExecution \(target.workflowID)"
        case .acceptUpdate(let update): "acceptance of update \(update.id)"
        case .completeUpdate(let id, _): "completion of update \(id)"
        case .upsertSearchAttributes: "UpsertWorkflowSearchAttributes"
        case .modifyMemo: "ModifyWorkflowProperties"
        case .complete: "CompleteWorkflowExecution"
        case .fail: "FailWorkflowExecution"
        case .cancelled: "CancelWorkflowExecution"
        case .continueAsNew: "ContinueAsNewWorkflowExecution"
        }
    }

    /// The event that the server writes for this command.
    func isRecorded(by event: HistoryEvent) -> Bool {
        switch (self, event.kind) {
        case (.scheduleActivity(let seq, let options), .activityScheduled(let id, let type)):
            String(seq) == id && options.activityType == type
        case (.requestCancelActivity(_, let scheduled), .activityCancelRequested(let eventScheduled)):
            scheduled == eventScheduled
        case (.startTimer(let seq, _, _), .timerStarted(let id)), (.cancelTimer(let seq), .timerCancelled(let id)):
            String(seq) == id
        case (.startChild(_, let options), .childInitiated(let id, let type)):
            options.workflowID == id && options.workflowType == type
        case (.signalExternal(_, let target, let call), .externalSignalInitiated(let id, let name)):
            target.workflowID == id && call.name == name
        case (.cancelExternal(_, let target, _), .externalCancelInitiated(let id)): target.workflowID == id
        case (.acceptUpdate(let update), .updateAccepted(let id, _)): update.id == id
        case (.completeUpdate(let id, _), .updateCompleted(let eventID)): id == eventID
        case (.upsertSearchAttributes, .searchAttributesUpserted), (.modifyMemo, .memoModified): true
        case (.complete, .completed), (.fail, .failed), (.cancelled, .cancelled), (.continueAsNew, .continuedAsNew):
            true
        default: false
        }
    }
}

extension OutgoingCommand {
    /// Still recognised in a history.
    var withoutPayloads: OutgoingCommand {
        switch self {
        case .scheduleActivity(let seq, var options):
            options.input = []
            options.headers = [:]
            return .scheduleActivity(seq, options)
        case .startChild(let seq, var options):
            options.input = []
            options.headers = [:]
            options.memo = [:]
            return .startChild(seq, options)
        case .signalExternal(let seq, let target, var call):
            call.input = []
            return .signalExternal(seq, target, call)
        case .completeUpdate(let id, _): return .completeUpdate(id: id, .success(.null))
        case .modifyMemo: return .modifyMemo([:])
        default: return self
        }
    }
}
