/// Why an operation has no answer.
package struct AIError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// The model does not do this operation; the workflow's fallback does.
        case unsupported
        /// The provider cannot be reached or answers 5xx.
        case unavailable
        case rateLimited = "rate_limited"
        /// The provider's account has no credit left.
        case quota
        case timedOut = "timed_out"
        /// The provider answered, but not what was asked for.
        case invalidResponse = "invalid_response"
        case badRequest = "bad_request"
        /// The provider refuses our key, or none can be used.
        case auth
        case contextTooLong = "context_too_long"
        case contentPolicy = "content_policy"
        /// The tenant's tier has no AI.
        case notEntitled = "not_entitled"
        /// The tier's models are not configured here, or the provider no longer has the model.
        case noModel = "no_model"
        /// A model without a price is refused, never free.
        case unpriced
        /// A hard budget has no room for the call.
        case budgetExceeded = "budget_exceeded"
        /// Our own limit of calls or tokens a minute, or of calls at once.
        case limited
        /// The ledger cannot be asked: nothing that costs something may be sent.
        case ledgerUnavailable = "ledger_unavailable"
        /// The provider failed too often lately and is left alone.
        case circuitOpen = "circuit_open"
        case cancelled
    }

    package var code: Code
    /// Safe to show to a tenant: no key, no prompt, no address of ours.
    package var message: String
    /// The wait that a provider asked for.
    package var retryAfter: Duration?
    /// What the failed call took. nil after a sent call: nobody knows, so it counts as its maximum.
    package var tokens: TokenUsage?
    /// The answer that was not what was asked for; shown to the model once, for repair. Never logged.
    package var rejectedAnswer: String?
    /// The request left this process. False: it was certainly not charged.
    package var wasSent: Bool
    /// Another request of the same model may be answered well: this one left no room for an answer, or asks what is hard to
    /// keep to.
    package var liesWithRequest = false
    /// All that was tried, of an operation that has no answer.
    package var attempts: [AIAttempt] = []

    package init(
        _ code: Code, _ message: String, retryAfter: Duration? = nil, tokens: TokenUsage? = nil,
        rejectedAnswer: String? = nil, wasSent: Bool = false
    ) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.tokens = tokens
        self.rejectedAnswer = rejectedAnswer
        self.wasSent = wasSent
    }

    /// The same request may succeed later.
    package var retryable: Bool {
        switch code {
        case .unavailable, .rateLimited, .timedOut, .invalidResponse, .limited, .ledgerUnavailable, .circuitOpen: true
        case .unsupported, .quota, .badRequest, .auth, .contextTooLong, .contentPolicy, .notEntitled, .noModel,
            .unpriced, .budgetExceeded, .cancelled:
            false
        }
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
