/// One recorded event of a run, as far as a worker or a reader of runs needs it. Payloads are decoded.
package struct HistoryEvent: Sendable {
    package var id: Int64
    package var time: Timestamp
    package var kind: Kind

    package init(id: Int64, time: Timestamp, kind: Kind) {
        self.id = id
        self.time = time
        self.kind = kind
    }

    package enum Kind: Sendable {
        case workflowStarted(WorkflowStarted)
        case workflowTaskScheduled
        case workflowTaskStarted(historyBytes: Int, continueAsNewSuggested: Bool)
        case workflowTaskCompleted(sdkName: String, sdkVersion: String)
        /// `resetRunID` is the run that a reset made of this history: its random numbers start anew.
        case workflowTaskFailed(resetRunID: String?)
        case workflowTaskTimedOut

        case activityScheduled(id: String, type: String)
        case activityStarted(scheduledEventID: Int64, attempt: Int)
        case activityCompleted(scheduledEventID: Int64, result: Payload?)
        case activityFailed(ActivityEnd, Failure)
        case activityTimedOut(ActivityEnd, Failure)
        case activityCancelRequested(scheduledEventID: Int64)
        case activityCancelled(ActivityEnd, details: [Payload])

        case timerStarted(id: String)
        case timerFired(id: String)
        case timerCancelled(id: String)

        case signaled(SignalCall)
        case cancelRequested(reason: String)

        case completed([Payload])
        case failed(Failure)
        case cancelled([Payload])
        case continuedAsNew(newRunID: String)
        case timedOut
        case terminated(reason: String, details: [Payload])

        /// The record of a command that this worker never sends: a marker, a child workflow, an accepted update …
        case foreignCommand(type: String)
        /// Nothing that a machine hears of.
        case other(type: String)
    }

    /// Which activity ended, by which worker, and why the server does not try it again.
    package struct ActivityEnd: Sendable {
        package var scheduledEventID: Int64
        package var startedEventID: Int64
        package var identity: String
        package var retryState: Failure.RetryState

        package init(
            scheduledEventID: Int64, startedEventID: Int64 = 0, identity: String = "",
            retryState: Failure.RetryState = .unspecified
        ) {
            self.scheduledEventID = scheduledEventID
            self.startedEventID = startedEventID
            self.identity = identity
            self.retryState = retryState
        }
    }

    /// The first event: what the run was started with.
    package struct WorkflowStarted: Sendable {
        package var workflowID: String
        /// The run that first wrote this event: a reset copies it into a new run.
        package var originalRunID: String
        package var firstRunID: String
        package var continuedRunID: String
        package var workflowType: String
        package var taskQueue: String
        package var input: [Payload]
        package var memo: [String: Payload]
        package var headers: [String: Payload]
        package var attempt: Int
        /// As the server holds them; they and the two above pass on to the next run of a chain.
        package var searchAttributes: [String: Payload] = [:]
        package var retry: RetryPolicy?

        package init(
            workflowID: String, originalRunID: String, firstRunID: String = "", continuedRunID: String = "",
            workflowType: String, taskQueue: String, input: [Payload] = [], memo: [String: Payload] = [:],
            headers: [String: Payload] = [:], attempt: Int = 1
        ) {
            self.workflowID = workflowID
            self.originalRunID = originalRunID
            self.firstRunID = firstRunID
            self.continuedRunID = continuedRunID
            self.workflowType = workflowType
            self.taskQueue = taskQueue
            self.input = input
            self.memo = memo
            self.headers = headers
            self.attempt = attempt
        }
    }
}

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
        case .activityScheduled, .activityCancelRequested, .timerStarted, .timerCancelled, .completed, .failed,
            .cancelled, .continuedAsNew, .foreignCommand:
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

/// A history that cannot be read: damaged, or with an event that this version does not know and may not skip.
package struct HistoryFault: Error, Sendable, Hashable, CustomStringConvertible {
    package var eventID: Int64?
    package var message: String

    package init(eventID: Int64? = nil, message: String) {
        self.eventID = eventID
        self.message = message
    }

    package var description: String { eventID.map { "event \($0): \(message)" } ?? message }
}
