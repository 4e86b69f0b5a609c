/// How a workflow run stands.
package enum WorkflowStatus: String, Sendable, Hashable, CaseIterable {
    case running, completed, failed, canceled, terminated, continuedAsNew, timedOut, paused
    /// A status that this client does not know.
    case unknown
}
