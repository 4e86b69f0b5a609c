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
    case startChild(Seq, ChildOptions)
    case cancelChild(Seq)
    case signalExternal(Seq, ExternalTarget, SignalCall)
    case cancelExternal(Seq, ExternalTarget, reason: String)
    /// The answer to an accepted update.
    case completeUpdate(id: String, Result<Payload, Failure>)
    case upsertSearchAttributes(SearchAttributes)
    /// A `.null` payload removes a key.
    case modifyMemo([String: Payload])
    // At most one of these, last.
    case complete(Payload)
    case fail(Failure)
    case cancelled([Payload])
    case continueAsNew(ContinueAsNew)
}
