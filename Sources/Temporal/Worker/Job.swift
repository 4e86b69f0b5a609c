/// What happened since the last task.
///
/// All jobs of a task are known before the machine runs: a signal's handler may cancel a timer that a later job of the
/// same activation reports as fired. The machine ignores a resolution of what it has cancelled itself.
package enum Job: Sendable {
    case signal(SignalCall)
    /// An accepted one, to be answered by `completeUpdate` in this turn or a later one. Updates come after all other jobs.
    case update(UpdateCall)
    case cancelRequested(reason: String)
    case timerFired(Seq)
    /// Exactly one for each scheduled activity; none after a `tryCancel` or `abandon` cancel. After a `waitCompleted` cancel
    /// still exactly one, whichever way the activity ended.
    case activity(Seq, Resolution)
    /// The child runs, with this run id, or could not be started; then no `child` follows. Exactly one for each child, but for
    /// one whose cancel has silenced it.
    case childStarted(Seq, Result<String, Failure>)
    /// How a child that runs ended: exactly one, but none after a `tryCancel` or `abandon` cancel. After a `waitRequested`
    /// cancel it comes as soon as the child was told.
    case child(Seq, Resolution)
    /// A signal to, a cancel of another workflow was delivered (nil) or could not be.
    case externalSignal(Seq, Failure?)
    case externalCancel(Seq, Failure?)
    /// A reset gave the run a new seed.
    case reseed(UInt64)
}

/// How an activity or a child ended. Failures are of kind `.activity` or `.childWorkflow`, as the official SDKs make them: what
/// happened is their `cause` (`.application`, `.timeout`, `.canceled`, `.terminated`).
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

package struct UpdateCall: Sendable {
    /// Chosen by the caller; unique within the run.
    package var id: String
    package var name: String
    package var input: [Payload]
    package var identity: String

    package init(id: String, name: String, input: [Payload] = [], identity: String = "") {
        self.id = id
        self.name = name
        self.input = input
        self.identity = identity
    }
}
