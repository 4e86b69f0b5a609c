/// An update that the server asks a run to take, or that its history says it took.
package struct UpdateRequest: Sendable {
    package var id: String
    /// nil only in the record of an acceptance: the history has admitted the update before.
    package var call: UpdateCall?
    /// Names the message that brought it; empty in replay.
    package var messageID: String
    package var sequencingEventID: Int64

    package init(id: String, call: UpdateCall?, messageID: String = "", sequencingEventID: Int64 = 0) {
        self.id = id
        self.call = call
        self.messageID = messageID
        self.sequencingEventID = sequencingEventID
    }
}

/// An update that the machine did not take. It leaves no trace in the history.
package struct RejectedUpdate: Sendable {
    package var request: UpdateRequest
    package var failure: Failure
}
