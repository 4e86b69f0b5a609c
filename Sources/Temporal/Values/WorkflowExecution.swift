/// A run as the server's visibility tells it.
package struct WorkflowExecution: Sendable {
    package struct Identity: Sendable, Hashable {
        package var workflowID: String
        package var runID: String

        package init(workflowID: String, runID: String) {
            self.workflowID = workflowID
            self.runID = runID
        }
    }

    package var workflowID: String
    package var runID: String
    /// The first run of the chain that continue-as-new, retries and resets made.
    package var firstRunID: String
    package var workflowType: String
    package var taskQueue: String
    package var status: WorkflowStatus
    package var startTime: Timestamp?
    /// When the first workflow task may run: later than `startTime` after a start delay or a backoff.
    package var executionTime: Timestamp?
    package var closeTime: Timestamp?
    /// Events recorded; of a closed run in lists, 0 while it runs.
    package var historyLength: Int
    package var historyBytes: Int
    /// In lists as it was recorded, not decoded: others' memos are in them, and one that cannot be read would take the list away.
    package var memo: [String: Payload]
    package var searchAttributes: SearchAttributes
    package var parent: Identity?
    package var priority: Priority
}

/// A run with what is under way in it.
package struct WorkflowDescription: Sendable {
    package var execution: WorkflowExecution
    package var pendingActivities: [PendingActivity]
    package var executionTimeout: Duration?
    package var runTimeout: Duration?
    /// One line and a longer text that were given at the start.
    package var summary: String?
    package var details: String?
}

package struct PendingActivity: Sendable {
    package enum State: Sendable { case scheduled, started, cancelRequested, paused, pauseRequested, unknown }

    package var activityID: String
    package var activityType: String
    package var state: State
    /// From 1.
    package var attempt: Int
    /// 0: no bound.
    package var maximumAttempts: Int
    package var scheduledTime: Timestamp?
    package var lastStartedTime: Timestamp?
    package var lastHeartbeatTime: Timestamp?
    package var nextAttemptTime: Timestamp?
    package var heartbeatDetails: [Payload]
    package var lastFailure: Failure?
    package var lastWorkerIdentity: String
}

/// How a run ended.
package enum WorkflowOutcome: Sendable {
    case completed([Payload])
    case failed(Failure)
    case cancelled([Payload])
    case terminated(reason: String, details: [Payload])
    case timedOut
    case continuedAsNew(newRunID: String)
}
