/// Someone who answers AI operations: a vendor's API, a server of one's own, or the local provider.
///
/// One `answer` is one call that may cost money, so that each has its row in the ledger; whoever wants a second try
/// calls again.
package protocol AIProvider: Sendable {
    /// The name in configuration, ledger and capabilities; at most 50 characters.
    var name: String { get }
    func supports(_ kind: AIOperation.Kind) -> Bool
    func answer(_ request: AIRequest) async throws(AIError) -> AIResponse
}

/// One call of a provider.
package struct AIRequest: Sendable {
    package var operation: AIOperation
    package var model: String
    package var deadline: ContinuousClock.Instant
    /// An earlier answer that could not be used: the model is asked to put it right.
    package var rejectedAnswer: String?

    package init(
        operation: AIOperation, model: String, deadline: ContinuousClock.Instant, rejectedAnswer: String? = nil
    ) {
        self.operation = operation
        self.model = model
        self.deadline = deadline
        self.rejectedAnswer = rejectedAnswer
    }
}
