/// One run of one task, for people.
package struct Step: Sendable {
    package enum Status: String, Sendable, CaseIterable {
        case running, completed, failed, skipped, cancelled
        /// An enhancement point that gave its fallback.
        case fallback
    }

    /// Counted from 1 over the whole execution, in order of beginning.
    package var number: Int
    package var name: String
    /// JSON Pointer of the task.
    package var position: String
    /// `do`, `set`, `call`, …
    package var kind: String
    /// The called function or activity.
    package var function: String?
    package var status: Status
    package var startedAt: Instant
    package var endedAt: Instant?
    /// From 1; counts the attempts of the nearest `try` around the task.
    package var attempt: Int
    package var enhancement: EnhancementUse?
    package var error: WorkflowError?
}

/// What became of an enhancement point in one run of its task.
package struct EnhancementUse: Sendable, Hashable {
    package var id: String
    /// The task's name.
    package var task: String
    /// The enhanced result was used; false: the fallback, or the fault the author wants.
    package var used: Bool
    /// `not_requested`, `not_entitled`, `timed_out`, `budget_exceeded`, `unavailable`, `unsupported`, `failed`, …
    package var reason: String?
    package var detail: String?
}
