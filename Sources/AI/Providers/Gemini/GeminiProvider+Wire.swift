import JSON

extension GeminiProvider {
    func body(_ prompt: ChatPrompt) -> JSONValue {
        var settings: JSONObject = ["maxOutputTokens": .integer(Int64(prompt.maximumOutputTokens))]
        if let schema = prompt.schema {
            settings["responseMimeType"] = "application/json"
            settings["responseSchema"] = Self.openAPISchema(schema)
        }
        var body = JSONObject()
        body["systemInstruction"] = prompt.system.map { ["parts": [["text": .string($0)]]] }
        body["contents"] = .array(
            prompt.messages.map { message in
                [
                    "role": .string(message.role == .assistant ? "model" : "user"),
                    "parts": [["text": .string(message.content)]],
                ]
            })
        body["generationConfig"] = .object(settings)
        return .object(body)
    }

    /// In the vendor's own form: types in capitals, the order of properties said, and no `additionalProperties`.
    static func openAPISchema(_ schema: JSONValue) -> JSONValue {
        guard let members = schema.object else { return schema }
        var converted = JSONObject()
        for (key, value) in members {
            switch key {
            case "type": converted[key] = value.string.map { .string($0.uppercased()) } ?? value
            case "items": converted[key] = openAPISchema(value)
            case "properties":
                guard let properties = value.object else { continue }
                converted[key] = .object(properties.mapValues { openAPISchema($0) })
                converted["propertyOrdering"] = .array(properties.keys.map { .string($0) })
            case "additionalProperties": break
            default: converted[key] = value
            }
        }
        return .object(converted)
    }

    func address(model: String) -> String {
        "\(configuration.baseURL.withoutSlashes)/models/\(model.asPathSegment):generateContent"
    }

    func headers(_ key: ProviderKey?) -> [(name: String, value: String)] {
        configuration.headers.map { (name: $0.key, value: $0.value) }
            + (key.map { [("x-goog-api-key", $0.secret)] } ?? [])
    }

    func completion(_ body: JSONValue) -> ChatCompletion? {
        let tokens = Self.tokens(body["usageMetadata"])
        if body["promptFeedback"]?["blockReason"]?.string != nil {
            return ChatCompletion(text: nil, end: .refused, tokens: tokens)
        }
        guard let candidate = body["candidates"]?[0] else {
            // No answer, but paid for.
            return tokens.map { ChatCompletion(text: nil, end: .complete, tokens: $0) }
        }
        let end: ChatCompletion.End =
            switch candidate["finishReason"]?.string {
            case "MAX_TOKENS": .cut
            case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII": .refused
            default: .complete
            }
        let parts = candidate["content"]?["parts"]?.array ?? []
        let texts = parts.compactMap { $0["thought"] == true ? nil : $0["text"]?.string }
        return ChatCompletion(text: texts.isEmpty ? nil : texts.joined(), end: end, tokens: tokens)
    }

    /// Thoughts are charged as output, but counted apart; absent counts are zero.
    private static func tokens(_ usage: JSONValue?) -> TokenUsage? {
        guard let prompt = usage?["promptTokenCount"]?.tokenCount else { return nil }
        let input = prompt + (usage?["toolUsePromptTokenCount"]?.tokenCount ?? 0)
        let thoughts = usage?["thoughtsTokenCount"]?.tokenCount ?? 0
        let answer = usage?["candidatesTokenCount"]?.tokenCount ?? 0
        return TokenUsage(
            input: input, cachedInput: min(usage?["cachedContentTokenCount"]?.tokenCount ?? 0, input),
            output: answer + thoughts, reasoning: thoughts)
    }

    /// One status stands for a minute's and for a day's allowance; the details tell them apart and say how long to wait.
    func failure(_ reply: ProviderReply) -> AIError {
        var failure = ProviderFailure(reply)
        let body = try? JSONValue(parsing: reply.body)
        let details = (body?["error"] ?? body?[0]?["error"])?["details"]?.array ?? []
        failure.isQuota = details.contains { detail in
            (detail["violations"]?.array ?? []).contains { $0["quotaId"]?.string?.contains("PerDay") ?? false }
        }
        failure.retryAfter =
            failure.retryAfter
            ?? details.lazy.compactMap { $0["retryDelay"]?.string }.first
            .flatMap(RetryDelay.seconds).flatMap(RetryDelay.duration)
        if reply.status == 400, details.contains(where: { $0["reason"] == "API_KEY_INVALID" }) {
            return AIError(.auth, "the AI provider refuses the key (HTTP 400)", tokens: TokenUsage.none, wasSent: true)
        }
        return failure.error
    }
}
