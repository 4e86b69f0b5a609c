/// A command as it goes to the server: ids resolved, cancelled ones gone.
package enum OutgoingCommand: Sendable {
    case scheduleActivity(id: String, ActivityOptions)
    case requestCancelActivity(id: String, scheduledEventID: Int64)
    case startTimer(id: String, Duration, summary: String)
    case cancelTimer(id: String)
    case complete(Payload)
    case fail(Failure)
    case cancelled([Payload])
    case continueAsNew(ContinueAsNew)

    /// Temporal's name of the command and what identifies it, for messages to people.
    package var summary: String {
        switch self {
        case .scheduleActivity(let id, let options): "ScheduleActivityTask \(id) (\(options.activityType))"
        case .requestCancelActivity(let id, let event): "RequestCancelActivityTask \(id) of event \(event)"
        case .startTimer(let id, _, _): "StartTimer \(id)"
        case .cancelTimer(let id): "CancelTimer \(id)"
        case .complete: "CompleteWorkflowExecution"
        case .fail: "FailWorkflowExecution"
        case .cancelled: "CancelWorkflowExecution"
        case .continueAsNew: "ContinueAsNewWorkflowExecution"
        }
    }

    /// The event that the server writes for this command.
    func isRecorded(by event: HistoryEvent) -> Bool {
        switch (self, event.kind) {
        case (.scheduleActivity(let id, let options), .activityScheduled(let eventID, let type)):
            id == eventID && options.activityType == type
        case (.requestCancelActivity(_, let scheduled), .activityCancelRequested(let eventScheduled)):
            scheduled == eventScheduled
        case (.startTimer(let id, _, _), .timerStarted(let eventID)): id == eventID
        case (.cancelTimer(let id), .timerCancelled(let eventID)): id == eventID
        case (.complete, .completed), (.fail, .failed), (.cancelled, .cancelled), (.continueAsNew, .continuedAsNew):
            true
        default: false
        }
    }
}

extension OutgoingCommand {
    /// Still recognised in a history.
    var withoutPayloads: OutgoingCommand {
        guard case .scheduleActivity(let id, var options) = self else { return self }
        options.input = []
        options.headers = [:]
        return .scheduleActivity(id: id, options)
    }
}
