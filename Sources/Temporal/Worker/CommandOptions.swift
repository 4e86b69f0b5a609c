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

/// How a child workflow is started and what becomes of it.
package struct ChildOptions: Sendable {
    package enum CancellationType: Sendable {
        /// Asks the child to cancel and no longer waits for it.
        case tryCancel
        /// Waits until the child was told; or until it ended.
        case waitRequested, waitCompleted
        case abandon
    }
    /// What happens to the child when this run closes.
    package enum ParentClosePolicy: Sendable { case terminate, abandon, requestCancel }

    package var workflowType: String
    package var workflowID: String
    /// Empty: the parent's.
    package var taskQueue: String
    package var input: [Payload]
    package var headers: [String: Payload] = [:]
    package var memo: [String: Payload] = [:]
    package var searchAttributes: SearchAttributes = [:]
    package var executionTimeout: Duration?
    package var runTimeout: Duration?
    package var retry: RetryPolicy?
    package var reusePolicy: StartWorkflowRequest.ReusePolicy = .allowDuplicate
    package var cancellation: CancellationType = .tryCancel
    package var parentClosePolicy: ParentClosePolicy = .terminate
    package var priority: Priority?
    /// Shown by Temporal's UI as the event's name.
    package var summary: String = ""

    package init(workflowType: String, workflowID: String, taskQueue: String = "", input: [Payload] = []) {
        self.workflowType = workflowType
        self.workflowID = workflowID
        self.taskQueue = taskQueue
        self.input = input
    }
}

/// Another workflow of the same namespace.
package struct ExternalTarget: Sendable, Hashable {
    package var workflowID: String
    /// Empty: the latest run.
    package var runID: String
    /// Only if it is this run's child.
    package var childOnly: Bool

    package init(workflowID: String, runID: String = "", childOnly: Bool = false) {
        self.workflowID = workflowID
        self.runID = runID
        self.childOnly = childOnly
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
