/// The seam between this room and a workflow: a synchronous value that turns jobs into commands.
///
/// The Temporal room owns history, matching, ids on the wire, cancel-before-sent and eviction (it drops the value and
/// replays from event 1). A machine does no I/O, reads no clock and draws no randomness of its own.
package protocol WorkflowMachine: Sendable {
    /// Payloads arrive decoded. A throw fails the task, never the workflow.
    init(start: WorkflowStart) throws(MachineFault)

    /// Once per logical workflow task; jobs in history order; the machine runs until quiescent after each job.
    mutating func activate(_ task: Activation) throws(MachineFault) -> Turn

    /// Whether an update may begin; asked with the state that it will find, never in replay. A throw rejects it, and leaves
    /// no trace in the history. Without handlers every update is rejected.
    func validate(_ update: UpdateCall) throws(Failure)

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

    package func validate(_ update: UpdateCall) throws(Failure) {
        throw .application(
            "this workflow takes no updates; \(update.name) is none of its handlers", type: "UnknownUpdate")
    }
}

/// Counted by the machine, always upwards from 1, one sequence for each kind of command (activities, timers, children, signals
/// to others, cancels of others). On the wire the id of an activity or timer is this number in decimal.
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
    package var updates: [Interaction]
    /// Markdown: where the run stands now.
    package var currentDetails: String

    package init(
        queries: [Interaction] = [], signals: [Interaction] = [], updates: [Interaction] = [],
        currentDetails: String = ""
    ) {
        self.queries = queries
        self.signals = signals
        self.updates = updates
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
