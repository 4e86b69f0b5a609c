import JSON

/// A chat completion's content and usage.
struct ChatAnswer {
    let tokens: TokenUsage
    private let content: String?
    private let finish: String
    private let refused: Bool

    init(_ bytes: [UInt8], requestBytes: Int) throws(AIError) {
        let body = try? JSONValue(parsing: bytes)
        tokens = Self.tokens(body?["usage"], requestBytes: requestBytes, responseBytes: bytes.count)
        guard let choice = body?["choices"]?[0], let message = choice["message"] else {
            throw AIError(
                .invalidResponse, "the AI provider's answer is no chat completion", tokens: tokens, wasSent: true)
        }
        content = message["content"]?.string
        finish = choice["finish_reason"]?.string ?? ""
        refused = message["refusal"]?.string.map { !$0.isEmpty } ?? false
    }

    /// As reported, else a token for four bytes, rounded up.
    private static func tokens(_ reported: JSONValue?, requestBytes: Int, responseBytes: Int) -> TokenUsage {
        if let input = reported?["prompt_tokens"]?.integer, let output = reported?["completion_tokens"]?.integer,
            credible.contains(input), credible.contains(output)
        {
            return TokenUsage(input: Int(input), output: Int(output))
        }
        return TokenUsage(input: (requestBytes + 3) / 4, output: (responseBytes + 3) / 4, isEstimated: true)
    }

    /// No model takes or gives more; a larger number is an error, and could overflow sums.
    private static let credible: ClosedRange<Int64> = 0...1_000_000_000

    /// The content as free text.
    func text() throws(AIError) -> String {
        guard !refused, finish != "content_filter" else {
            throw AIError(.contentPolicy, "the AI model refuses to answer")
        }
        guard let content, content.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw AIError(
                .invalidResponse,
                finish == "length"
                    ? "the AI model reached its output limit before it answered" : "the AI model's answer is empty")
        }
        return content
    }

    func category(of categories: [String]) throws(AIError) -> (String?, Double) {
        let object = try object()
        guard let answer = object["category"]?.string, let confidence = object["confidence"]?.double else {
            throw malformed()
        }
        let given =
            categories.first { $0 == answer }
            ?? categories.first { $0.lowercased() == answer.lowercased() }
        guard given != nil || answer.lowercased() == "unsure" else { throw malformed() }
        return (given, min(max(confidence, 0), 1))
    }

    func mentions() throws(AIError) -> [EntityLocator.Mention] {
        guard let list = try object()["entities"]?.array else { throw malformed() }
        return list.compactMap { item in
            guard let text = item["text"]?.string, let type = item["type"]?.string else { return nil }
            return EntityLocator.Mention(
                type: type, text: text, confidence: min(max(item["confidence"]?.double ?? 0.5, 0), 1))
        }
    }

    /// The content as a JSON object; models without structured output like to put it in a code block.
    private func object() throws(AIError) -> JSONValue {
        let text = try text()
        guard let start = text.utf8.firstIndex(of: UInt8(ascii: "{")),
            let end = text.utf8.lastIndex(of: UInt8(ascii: "}")),
            start < end, let value = try? JSONValue(parsing: String(text[start...end])), value.object != nil
        else { throw malformed() }
        return value
    }

    private func malformed() -> AIError {
        // A cut answer would be cut again.
        AIError(
            .invalidResponse, "the AI model's answer does not have the form asked for",
            rejectedAnswer: finish == "length" ? nil : content)
    }
}
