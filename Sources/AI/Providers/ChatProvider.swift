import AsyncHTTPClient
import JSON

/// A provider that is asked over HTTP in the form of a conversation; each vendor says how its form differs.
protocol ChatProvider: AIProvider {
    var client: HTTPClient { get }
    /// Longer texts are refused before they cost something.
    var maximumInputBytes: Int { get }
    /// Input tokens that the vendor adds to what is sent, at most.
    var hiddenInputTokens: Int { get }

    func body(_ prompt: ChatPrompt) -> JSONValue
    func address(model: String) -> String
    func headers(_ key: ProviderKey?) -> [(name: String, value: String)]
    /// nil for what is no answer of this vendor.
    func completion(_ body: JSONValue) -> ChatCompletion?
    func failure(_ reply: ProviderReply) -> AIError
}

extension ChatProvider {
    package func supports(_ kind: AIOperation.Kind) -> Bool { true }

    /// The text in JSON, where a byte may take six, with our instructions around it.
    package var maximumInputTokens: Int { 6 * maximumInputBytes + 16_384 + hiddenInputTokens }

    package func prepare(_ request: AIRequest) throws(AIError) -> PreparedCall {
        let bytes = request.batched.reduce(request.operation.bytes) { $0 + $1.text.utf8.count }
        guard bytes <= maximumInputBytes else {
            throw AIError(.contextTooLong, "the text is longer than \(maximumInputBytes) bytes")
        }
        let prompt = try ChatPrompt(request)
        let body = body(prompt).serializedBytes()
        let messages = prompt.messages.count + (prompt.system == nil ? 0 : 1)
        return PreparedCall(
            request: request, body: body, maximumInputTokens: body.count + 64 * messages + hiddenInputTokens,
            maximumOutputTokens: prompt.maximumOutputTokens, prompt: prompt)
    }

    package func send(
        _ call: PreparedCall, key: ProviderKey?, deadline: ContinuousClock.Instant
    ) async throws(AIError) -> ProviderAnswer {
        guard let prompt = call.prompt else { throw AIError(.badRequest, "the call was prepared for another provider") }
        let reply = try await ProviderExchange(client: client).post(
            call.body, to: address(model: call.request.model), headers: headers(key), deadline: deadline)
        guard reply.status == 200 else { throw failure(reply) }
        let body = try? JSONValue(parsing: reply.body)
        let completion = body.flatMap { self.completion($0) }
        // Not reported: a token for four bytes, and what was asked for is a bound that no guess passes.
        let tokens =
            completion?.tokens
            ?? TokenUsage(
                input: min((call.body.count + 3) / 4, call.maximumInputTokens),
                output: min((reply.body.count + 3) / 4, call.maximumOutputTokens), isEstimated: true)
        guard let completion else {
            throw AIError(
                .invalidResponse, "the AI provider's answer has no form that is known", tokens: tokens, wasSent: true)
        }
        return try prompt.answer(completion, tokens: tokens)
    }
}

extension JSONValue {
    /// A count of tokens; nil for what no model takes or gives: it would be an error, and could overflow sums.
    var tokenCount: Int? { integer.flatMap { (0...1_000_000_000).contains($0) ? Int($0) : nil } }
}
