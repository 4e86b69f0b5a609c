import JSON

/// Reads errors out of HTTP answers. Providers' own messages are not passed on: some repeat parts of the key.
struct ProviderFailure {
    let reply: ProviderReply
    /// The vendor's codes, joined, and its message, in lower case.
    let words: String
    var retryAfter: Duration?
    /// An allowance is spent that does not come back within minutes.
    var isQuota: Bool

    /// With what most vendors say.
    init(_ reply: ProviderReply) {
        self.reply = reply
        let body = (try? JSONValue(parsing: reply.body)) ?? .null
        // Some send the error alone in a list, some no object around it.
        let error = body["error"] ?? body[0]?["error"] ?? body
        let texts = [
            error["code"], error["type"], error["status"], error["details"]?["error_code"],
            error["innererror"]?["code"],
            error["message"], error,
        ]
        words = texts.compactMap { $0?.string }.joined(separator: " ").lowercased()
        retryAfter = RetryDelay.read(reply.headers)
        isQuota = false
        isQuota =
            says(
                "insufficient_quota", "billing_hard_limit", "billing_not_active", "exceeded your current quota",
                "spend_limit_reached") && !says("rate_limit_exceeded")
    }

    func says(_ phrases: String...) -> Bool { phrases.contains { words.contains($0) } }

    /// No vendor charges for what it refuses. A gateway that gave up leaves it open: behind it, the model may have worked.
    var error: AIError {
        var error = classified
        error.wasSent = true
        error.tokens = [408, 499, 502, 504, 520, 524].contains(reply.status) ? nil : TokenUsage.none
        return error
    }

    private var classified: AIError {
        switch reply.status {
        case 401, 403: refusedKey
        case 402: noCredit
        case 429 where isQuota: noCredit
        case 429: AIError(.rateLimited, "the AI provider limits the rate of calls", retryAfter: retryAfter)
        case 404, 410:
            AIError(.noModel, "the AI provider does not know this model or address (HTTP \(reply.status))")
        case 413: tooLong
        case 400, 422: refusedRequest
        case 408, 504, 524: AIError(.timedOut, "the AI provider did not answer in time")
        default:
            AIError(
                .unavailable, "the AI provider is not available (HTTP \(reply.status))", retryAfter: retryAfter)
        }
    }

    private var refusedRequest: AIError {
        if says("api_key_invalid", "api key not valid", "invalid_api_key") { return refusedKey }
        if says("credit balance", "insufficient_quota", "spend limit", "usage limits") { return noCredit }
        if says(
            "context_length", "maximum context length", "context window", "context size", "too many tokens",
            "prompt is too long", "input token count", "too large for model")
        {
            return tooLong
        }
        if says("content_policy", "content_filter", "content management policy", "responsibleaipolicyviolation") {
            return AIError(.contentPolicy, "the AI provider's content policy refuses the request")
        }
        if says("model_not_found", "model_decommissioned", "invalid_model") {
            return AIError(.noModel, "the AI provider does not know this model (HTTP \(reply.status))")
        }
        return AIError(.badRequest, "the AI provider refuses the request (HTTP \(reply.status))")
    }

    private var refusedKey: AIError { AIError(.auth, "the AI provider refuses the key (HTTP \(reply.status))") }
    private var noCredit: AIError {
        AIError(.quota, "the AI provider's account has no credit left", retryAfter: retryAfter)
    }
    private var tooLong: AIError { AIError(.contextTooLong, "the text is too long for the model") }
}
