import Foundation
import JSON

extension OpenAICompatibleProvider {
    func body(_ prompt: ChatPrompt) -> JSONValue {
        let format = prompt.schema == nil ? nil : configuration.structuredOutput
        let system = format == nil || format == .schema ? prompt.system : prompt.systemWithSchema
        var messages = system.map { [Self.message("system", $0)] } ?? []
        messages += prompt.messages.map { Self.message($0.role.rawValue, $0.content) }
        var body: JSONObject = [
            "model": .string(prompt.request.model), "messages": .array(messages),
            configuration.outputLimit.rawValue: .integer(Int64(prompt.maximumOutputTokens)),
        ]
        if let schema = prompt.schema {
            switch configuration.structuredOutput {
            case .schema:
                body["response_format"] = [
                    "type": "json_schema",
                    "json_schema": ["name": .string(prompt.schemaName), "strict": true, "schema": schema],
                ]
            case .object: body["response_format"] = ["type": "json_object"]
            case .none: break
            }
        }
        return .object(body)
    }

    private static func message(_ role: String, _ content: String) -> JSONValue {
        ["role": .string(role), "content": .string(content)]
    }

    func address(model: String) -> String {
        let base = configuration.baseURL.withoutSlashes
        guard let version = configuration.azureAPIVersion else { return base + "/chat/completions" }
        return "\(base)/openai/deployments/\(model.asPathSegment)/chat/completions?api-version=\(version.asPathSegment)"
    }

    func headers(_ key: ProviderKey?) -> [(name: String, value: String)] {
        var headers = configuration.headers.map { (name: $0.key, value: $0.value) }
        if let key {
            if let name = configuration.keyHeader ?? (configuration.azureAPIVersion == nil ? nil : "api-key") {
                headers.append((name, key.secret))
            } else {
                headers.append(("Authorization", "Bearer \(key.secret)"))
            }
        }
        if let organization = configuration.organization { headers.append(("OpenAI-Organization", organization)) }
        if let project = configuration.project { headers.append(("OpenAI-Project", project)) }
        return headers
    }

    func completion(_ body: JSONValue) -> ChatCompletion? {
        let tokens = Self.tokens(body["usage"])
        guard let choice = body["choices"]?[0], let message = choice["message"] else {
            // No answer, but paid for.
            return tokens.map { ChatCompletion(text: nil, end: .complete, tokens: $0) }
        }
        let refusal = message["refusal"]?.string ?? ""
        let end: ChatCompletion.End =
            switch choice["finish_reason"]?.string {
            case "content_filter": .refused
            case "length", "model_length": .cut
            default: refusal.isEmpty ? .complete : .refused
            }
        return ChatCompletion(text: Self.text(message["content"]), end: end, tokens: tokens)
    }

    /// A text, or a list of parts of which those of the type `text` count; others are thoughts.
    private static func text(_ content: JSONValue?) -> String? {
        guard let parts = content?.array else { return content?.string }
        return parts.compactMap { $0["type"] == "text" ? $0["text"]?.string : nil }.joined()
    }

    private static func tokens(_ usage: JSONValue?) -> TokenUsage? {
        guard let input = usage?["prompt_tokens"]?.tokenCount, let output = usage?["completion_tokens"]?.tokenCount
        else {
            return nil
        }
        let details = usage?["prompt_tokens_details"]
        return TokenUsage(
            input: input, cachedInput: min(details?["cached_tokens"]?.tokenCount ?? 0, input),
            cacheWrite: min(details?["cache_write_tokens"]?.tokenCount ?? 0, input), output: output,
            reasoning: min(usage?["completion_tokens_details"]?["reasoning_tokens"]?.tokenCount ?? 0, output))
    }

    func failure(_ reply: ProviderReply) -> AIError { ProviderFailure(reply).error }
}

extension String {
    var withoutSlashes: String {
        var text = self[...]
        while text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }

    /// With all but letters, digits and `-._` escaped.
    var asPathSegment: String {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")
        return addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
