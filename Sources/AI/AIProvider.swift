/// Someone who answers AI operations: a vendor's API, a server of one's own, or the local provider.
///
/// A provider knows its wire format and nothing else: no prices, no ledger, no second tries. One `send` is one call that
/// may cost money, so that each has its row in the ledger.
package protocol AIProvider: Sendable {
    /// The name in configuration, ledger and capabilities; at most 50 characters.
    var name: String { get }
    func supports(_ kind: AIOperation.Kind) -> Bool
    /// The most that any call takes; longer ones are refused.
    var maximumInputTokens: Int { get }
    /// All of a call but its sending: what will be sent, and bounds of what it can take. Refuses what is certainly too
    /// long to be answered.
    func prepare(_ request: AIRequest) throws(AIError) -> PreparedCall
    /// One call; its errors say whether the request left and what it took. `key` is nil where none is needed.
    func send(
        _ call: PreparedCall, key: ProviderKey?, deadline: ContinuousClock.Instant
    ) async throws(AIError) -> ProviderAnswer
}

/// What a provider is asked.
package struct AIRequest: Sendable, Hashable {
    package var operation: AIOperation
    /// More operations of the same kind with the same categories and examples, for the same call; of the kinds
    /// `classify` and `extract_entities` only.
    package var batched: [AIOperation]
    /// As the provider's wire names it; aliases are resolved before (`PriceBook.resolve`).
    package var model: String
    /// The most that the model gives, where it is known; a larger wish is cut to it.
    package var outputLimit: Int?
    /// An earlier answer that could not be used: the model is asked to put it right.
    package var rejectedAnswer: String?

    package init(
        operation: AIOperation, batched: [AIOperation] = [], model: String, outputLimit: Int? = nil,
        rejectedAnswer: String? = nil
    ) {
        self.operation = operation
        self.batched = batched
        self.model = model
        self.outputLimit = outputLimit
        self.rejectedAnswer = rejectedAnswer
    }
}

/// A call that is ready to be sent, and the most that it can take.
package struct PreparedCall: Sendable {
    package var request: AIRequest
    /// As it is sent; empty where nothing is.
    package var body: [UInt8]
    /// No tokenizer makes more of it: the body's bytes and 64 for each message.
    package var maximumInputTokens: Int
    /// Always sent with the request, reasoning included.
    package var maximumOutputTokens: Int
    let prompt: ChatPrompt?

    /// Input and output together.
    package var maximumTokens: Int64 { Int64(maximumInputTokens) + Int64(maximumOutputTokens) }

    /// What the input will probably take, for choosing among models: a token for four bytes.
    package var likelyInputTokens: Int { (body.count + 3) / 4 }

    init(
        request: AIRequest, body: [UInt8] = [], maximumInputTokens: Int = 0, maximumOutputTokens: Int = 0,
        prompt: ChatPrompt? = nil
    ) {
        self.request = request
        self.body = body
        self.maximumInputTokens = maximumInputTokens
        self.maximumOutputTokens = maximumOutputTokens
        self.prompt = prompt
    }
}

/// What one call answered, and what it took.
package struct ProviderAnswer: Sendable, Hashable {
    package var value: AIValue
    /// From 0 to 1; nil where the provider gives none.
    package var confidence: Double?
    /// The answers of `AIRequest.batched`, in its order.
    package var batched: [BatchedAnswer]
    package var tokens: TokenUsage

    package struct BatchedAnswer: Sendable, Hashable {
        package var value: AIValue
        package var confidence: Double?

        package init(value: AIValue, confidence: Double?) {
            self.value = value
            self.confidence = confidence
        }
    }

    package init(value: AIValue, confidence: Double? = nil, batched: [BatchedAnswer] = [], tokens: TokenUsage) {
        self.value = value
        self.confidence = confidence
        self.batched = batched
        self.tokens = tokens
    }
}
