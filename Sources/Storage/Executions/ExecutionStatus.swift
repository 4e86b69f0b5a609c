/// Where an execution stands. "Unknown" is an answer of the reconciler, never a stored status.
package enum ExecutionStatus: String, Sendable, CaseIterable, DatabaseConvertible {
    /// Accepted; Temporal may not know of it yet.
    case pending
    case running
    case completed
    case failed
    case cancelled
    case terminated
    case timedOut = "timed_out"

    package var isOpen: Bool { self == .pending || self == .running }
}
