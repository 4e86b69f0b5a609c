internal import Foundation

/// What a workflow starts with.
package struct StartWorkflowRequest: Sendable {
    /// What to do when a closed workflow had this id.
    package enum ReusePolicy: Sendable { case allowDuplicate, allowDuplicateFailedOnly, rejectDuplicate }
    /// What to do when a running workflow has this id.
    package enum ConflictPolicy: Sendable { case fail, useExisting, terminateExisting }

    package var workflowID: String
    package var workflowType: String
    package var taskQueue: String
    package var input: [Payload]
    /// Starts with the same workflow and request id are one start, also after the workflow closed.
    package var requestID: String
    package var reusePolicy: ReusePolicy = .allowDuplicate
    package var conflictPolicy: ConflictPolicy = .fail
    package var memo: [String: Payload] = [:]
    package var searchAttributes: SearchAttributes = [:]
    package var headers: [String: Payload] = [:]
    package var priority: Priority?
    /// Of the whole chain of runs.
    package var executionTimeout: Duration?
    package var runTimeout: Duration?
    /// Of a workflow task; the server's default is 10 s.
    package var taskTimeout: Duration?
    package var retry: RetryPolicy?
    package var startDelay: Duration?
    /// One line, shown by Temporal's UI.
    package var summary: String?
    /// A longer text, Markdown.
    package var details: String?

    package init(
        workflowID: String, workflowType: String, taskQueue: String, input: [Payload] = [], requestID: String? = nil
    ) {
        self.workflowID = workflowID
        self.workflowType = workflowType
        self.taskQueue = taskQueue
        self.input = input
        self.requestID = requestID ?? newRequestID()
    }
}

package func newRequestID() -> String { UUID().uuidString.lowercased() }

/// The run that a start gave.
package struct StartedWorkflow: Sendable, Hashable {
    package var workflowID: String
    package var runID: String
    /// false: the run was there before.
    package var isNew: Bool
}
