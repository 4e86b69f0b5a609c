/// The seam between this room and a workflow: a synchronous value that turns jobs into commands.
///
/// The Temporal room owns history, matching, ids on the wire, cancel-before-sent and eviction (it drops the value and
/// replays from event 1). A machine does no I/O, reads no clock and draws no randomness of its own.
package protocol WorkflowMachine: Sendable {
    /// Payloads arrive decoded. A throw fails the task, never the workflow.
    init(start: WorkflowStart) throws(MachineFault)

    /// Once per logical workflow task; jobs in history order; the machine runs until quiescent after each job.
    mutating func activate(_ task: Activation) throws(MachineFault) -> Turn

    /// Answers also after the workflow closed. `__stack_trace` is asked here first; when it throws, the worker answers with
    /// the list of open activities and timers.
    func query(_ query: QueryCall) throws(Failure) -> Payload

    /// Approximate bytes held, for the cache's bound.
    var footprint: Int { get }

    /// What Temporal's UI and CLI show of this workflow: the answer to `__temporal_workflow_metadata`.
    var metadata: WorkflowMetadata { get }
}

extension WorkflowMachine {
    package var metadata: WorkflowMetadata { WorkflowMetadata() }
}

/// Counted by the machine, always upwards from 1, one sequence for each kind of command (activities, timers). On the wire the
/// id of an activity or timer is this number in decimal.
package typealias Seq = UInt32

/// The machine cannot go on with this task: a bug or an engine that is too old. Fails the workflow task, which the server retries.
package struct MachineFault: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// A defect or a damaged input: reported once, then retried by the server ever more slowly.
        case defect
        /// Right for another worker (a newer engine): given back at every attempt, so that one that can takes it.
        case leaveToOthers
    }

    package var kind: Kind
    package var message: String

    package init(_ message: String, kind: Kind = .defect) {
        self.message = message
        self.kind = kind
    }
}

/// What a workflow offers to people: shown by Temporal's UI and CLI.
package struct WorkflowMetadata: Sendable, Hashable {
    package struct Interaction: Sendable, Hashable {
        package var name: String
        package var description: String

        package init(name: String, description: String = "") {
            self.name = name
            self.description = description
        }
    }

    package var queries: [Interaction]
    package var signals: [Interaction]
    /// Markdown: where the run stands now.
    package var currentDetails: String

    package init(queries: [Interaction] = [], signals: [Interaction] = [], currentDetails: String = "") {
        self.queries = queries
        self.signals = signals
        self.currentDetails = currentDetails
    }
}

package struct WorkflowStart: Sendable {
    package var workflowID: String
    package var runID: String
    package var firstRunID: String
    package var namespace: String
    package var workflowType: String
    package var taskQueue: String
    package var input: [Payload]
    package var memo: [String: Payload]
    package var headers: [String: Payload]
    package var attempt: Int
    /// Time of the first workflow task of the run is in `Activation.now`; this is the started event's.
    package var startedAt: Timestamp
    /// A frozen hash of `original_execution_run_id`.
    package var randomSeed: UInt64

    package init(
        workflowID: String, runID: String, firstRunID: String, namespace: String, workflowType: String,
        taskQueue: String, input: [Payload], memo: [String: Payload] = [:], headers: [String: Payload] = [:],
        attempt: Int = 1, startedAt: Timestamp, randomSeed: UInt64
    ) {
        self.workflowID = workflowID
        self.runID = runID
        self.firstRunID = firstRunID
        self.namespace = namespace
        self.workflowType = workflowType
        self.taskQueue = taskQueue
        self.input = input
        self.memo = memo
        self.headers = headers
        self.attempt = attempt
        self.startedAt = startedAt
        self.randomSeed = randomSeed
    }
}

package struct Activation: Sendable {
    /// Time of WorkflowTaskStarted: the workflow's clock.
    package var now: Timestamp
    /// Must not change the commands.
    package var isReplaying: Bool
    package var historyEvents: Int
    package var historyBytes: Int
    package var continueAsNewSuggested: Bool
    package var jobs: [Job]

    package init(
        now: Timestamp, isReplaying: Bool, historyEvents: Int, historyBytes: Int,
        continueAsNewSuggested: Bool, jobs: [Job]
    ) {
        self.now = now
        self.isReplaying = isReplaying
        self.historyEvents = historyEvents
        self.historyBytes = historyBytes
        self.continueAsNewSuggested = continueAsNewSuggested
        self.jobs = jobs
    }
}

/// What happened since the last task.
///
/// All jobs of a task are known before the machine runs: a signal's handler may cancel a timer that a later job of the
/// same activation reports as fired. The machine ignores a resolution of what it has cancelled itself.
package enum Job: Sendable {
    case signal(SignalCall)
    case cancelRequested(reason: String)
    case timerFired(Seq)
    /// Exactly one for each scheduled activity; none after a `tryCancel` or `abandon` cancel. After a `waitCompleted` cancel
    /// still exactly one, whichever way the activity ended.
    case activity(Seq, Resolution)
    /// A reset gave the run a new seed.
    case reseed(UInt64)
}

/// How an activity ended. Failures are of kind `.activity`, as the official SDKs make them: what happened is their `cause`
/// (`.application`, `.timeout` or `.canceled`).
package enum Resolution: Sendable {
    case completed(Payload?)
    case failed(Failure)
    case cancelled(Failure)
}

package struct SignalCall: Sendable {
    package var name: String
    package var input: [Payload]
    package var identity: String

    package init(name: String, input: [Payload], identity: String = "") {
        self.name = name
        self.input = input
        self.identity = identity
    }
}

package struct QueryCall: Sendable {
    package var name: String
    package var arguments: [Payload]

    package init(name: String, arguments: [Payload] = []) {
        self.name = name
        self.arguments = arguments
    }
}

package struct Turn: Sendable {
    package var commands: [Command]
    /// For logs; dropped in replay.
    package var notes: [String]

    package init(commands: [Command] = [], notes: [String] = []) {
        self.commands = commands
        self.notes = notes
    }
}

package enum Command: Sendable {
    case scheduleActivity(Seq, ActivityOptions)
    case cancelActivity(Seq)
    case startTimer(Seq, Duration, summary: String)
    case cancelTimer(Seq)
    // At most one of these, last.
    case complete(Payload)
    case fail(Failure)
    case cancelled([Payload])
    case continueAsNew(ContinueAsNew)
}

package struct ActivityOptions: Sendable {
    package enum CancellationType: Sendable { case tryCancel, waitCompleted, abandon }

    package var activityType: String
    package var taskQueue: String
    package var input: [Payload]
    package var headers: [String: Payload] = [:]
    package var scheduleToClose: Duration?
    package var scheduleToStart: Duration?
    package var startToClose: Duration?
    package var heartbeat: Duration?
    package var retry: RetryPolicy?
    package var cancellation: CancellationType = .tryCancel
    /// Shown by Temporal's UI as the event's name.
    package var summary: String = ""
    package var priority: Priority?

    package init(activityType: String, taskQueue: String, input: [Payload]) {
        self.activityType = activityType
        self.taskQueue = taskQueue
        self.input = input
    }
}

package struct RetryPolicy: Sendable, Hashable {
    package var initialInterval: Duration
    package var backoffCoefficient: Double
    package var maximumInterval: Duration?
    /// 0: no bound.
    package var maximumAttempts: Int
    package var nonRetryableErrorTypes: [String]

    package init(
        initialInterval: Duration = .seconds(1), backoffCoefficient: Double = 2, maximumInterval: Duration? = nil,
        maximumAttempts: Int = 0, nonRetryableErrorTypes: [String] = []
    ) {
        self.initialInterval = initialInterval
        self.backoffCoefficient = backoffCoefficient
        self.maximumInterval = maximumInterval
        self.maximumAttempts = maximumAttempts
        self.nonRetryableErrorTypes = nonRetryableErrorTypes
    }
}

/// Order within a task queue: a lower `key` first (1–5, 3 when nil); within a key, `fairnessKey`s take turns by weight.
package struct Priority: Sendable, Hashable {
    package var key: Int?
    package var fairnessKey: String?
    package var fairnessWeight: Float?

    package init(key: Int? = nil, fairnessKey: String? = nil, fairnessWeight: Float? = nil) {
        self.key = key
        self.fairnessKey = fairnessKey
        self.fairnessWeight = fairnessWeight
    }
}

package struct ContinueAsNew: Sendable {
    /// nil: the same type and queue.
    package var workflowType: String?
    package var taskQueue: String?
    package var input: [Payload]
    package var memo: [String: Payload] = [:]

    package init(input: [Payload], workflowType: String? = nil, taskQueue: String? = nil) {
        self.input = input
        self.workflowType = workflowType
        self.taskQueue = taskQueue
    }
}
