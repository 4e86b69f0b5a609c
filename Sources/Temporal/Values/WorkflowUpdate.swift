/// An update that a workflow took: an argument to one of its handlers, and the handler's answer.
package struct WorkflowUpdate: Sendable {
    /// How far the caller waits.
    package enum Stage: Sendable { case accepted, completed }

    package enum Outcome: Sendable {
        case completed([Payload])
        /// By the handler, or by the workflow before any handler ran: the server tells both alike.
        case failed(Failure)
    }

    package var workflowID: String
    /// The run that has it.
    package var runID: String
    package var updateID: String
    /// nil: accepted and under way.
    package var outcome: Outcome?
}
