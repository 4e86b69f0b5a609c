/// Where an execution stands.
package enum ExecutionStatus: String, Sendable, CaseIterable, DatabaseConvertible {
    /// Accepted; Temporal may not know of it yet, or its time has not come.
    case pending
    case running
    /// It begins nothing new until it is resumed. Never stored: a running row with `paused_at`.
    case paused
    /// Temporal does not know of it any more, and nobody saw it end. Never stored: an open row with `missing_at`.
    case unknown
    case completed
    case failed
    case cancelled
    case terminated
    case timedOut = "timed_out"

    package var isOpen: Bool {
        switch self {
        case .pending, .running, .paused, .unknown: true
        case .completed, .failed, .cancelled, .terminated, .timedOut: false
        }
    }
}
