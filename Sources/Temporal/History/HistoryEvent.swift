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

        case childInitiated(id: String, type: String)
        case childStartFailed(ChildEnd, reason: String)
        case childStarted(initiatedEventID: Int64, runID: String)
        case childCompleted(ChildEnd, result: Payload?)
        case childFailed(ChildEnd, Failure)
        case childCancelled(ChildEnd, details: [Payload])
        case childTimedOut(ChildEnd)
        case childTerminated(ChildEnd)

        case externalSignalInitiated(workflowID: String, name: String)
        case externalSignaled(initiatedEventID: Int64)
        case externalSignalFailed(initiatedEventID: Int64, reason: String)
        case externalCancelInitiated(workflowID: String)
        case externalCancelRequested(initiatedEventID: Int64)
        case externalCancelFailed(initiatedEventID: Int64, reason: String)

        case searchAttributesUpserted
        case memoModified

        /// A reset found this update in the history that it cut off; it begins once it is accepted.
        case updateAdmitted(UpdateCall)
        /// Without its call when the history has admitted it before.
        case updateAccepted(id: String, UpdateCall?)
        case updateCompleted(id: String)

        case signaled(SignalCall)
        case cancelRequested(reason: String)

        case completed([Payload])
        case failed(Failure)
        case cancelled([Payload])
        case continuedAsNew(newRunID: String)
        case timedOut
        case terminated(reason: String, details: [Payload])

        /// The record of a command that this worker never sends: a marker, a Nexus operation.
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

    /// Which child workflow ended, or could not begin.
    package struct ChildEnd: Sendable {
        package var initiatedEventID: Int64
        package var startedEventID: Int64
        package var runID: String
        package var namespace: String
        package var retryState: Failure.RetryState

        package init(
            initiatedEventID: Int64, startedEventID: Int64 = 0, runID: String = "", namespace: String = "",
            retryState: Failure.RetryState = .unspecified
        ) {
            self.initiatedEventID = initiatedEventID
            self.startedEventID = startedEventID
            self.runID = runID
            self.namespace = namespace
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
