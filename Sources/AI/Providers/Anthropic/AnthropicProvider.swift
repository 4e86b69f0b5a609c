package import AsyncHTTPClient
import JSON

/// Anthropic's Messages, or a server that speaks them. A call is one HTTP request, without retries.
package struct AnthropicProvider: ChatProvider {
    package static let name = "anthropic"

    package struct Configuration: Sendable {
        package static let vendorURL = "https://api.anthropic.com"

        /// How a schema for the answer is given.
        package enum StructuredOutput: String, Sendable, CaseIterable {
            /// `output_config.format`: today's models, of which some refuse a forced tool.
            case schema = "json_schema"
            /// The model must call a tool whose input is the answer: models and servers before that.
            case tool
            /// In the instructions alone.
            case none
        }

        package var name: String
        /// Up to and without `/v1/messages`.
        package var baseURL: String
        package var headers: [String: String]
        package var structuredOutput: StructuredOutput
        /// Longer texts are refused before they cost something.
        package var maximumInputBytes: Int

        package init(
            name: String = AnthropicProvider.name, baseURL: String = vendorURL, headers: [String: String] = [:],
            structuredOutput: StructuredOutput = .schema, maximumInputBytes: Int = 400_000
        ) {
            self.name = name
            self.baseURL = baseURL
            self.headers = headers
            self.structuredOutput = structuredOutput
            self.maximumInputBytes = maximumInputBytes
        }
    }

    let configuration: Configuration
    let client: HTTPClient

    /// `client` must not follow redirects: the key would travel with them.
    package init(configuration: Configuration, client: HTTPClient) {
        self.configuration = configuration
        self.client = client
    }

    package var name: String { configuration.name }
    var maximumInputBytes: Int { configuration.maximumInputBytes }
    /// Tools and output formats come with a system prompt of some hundred tokens.
    var hiddenInputTokens: Int { 1024 }
}

extension AnthropicProvider {
    func body(_ prompt: ChatPrompt) -> JSONValue {
        let form = prompt.schema == nil ? nil : configuration.structuredOutput
        var body: JSONObject = [
            "model": .string(prompt.request.model), "max_tokens": .integer(Int64(prompt.maximumOutputTokens)),
            "messages": .array(
                prompt.messages.map { ["role": .string($0.role.rawValue), "content": .string($0.content)] }),
        ]
        body["system"] = (form == StructuredOutput.none ? prompt.systemWithSchema : prompt.system).map { .string($0) }
        guard let schema = prompt.schema, let form else { return .object(body) }
        switch form {
        case .schema: body["output_config"] = ["format": ["type": "json_schema", "schema": schema]]
        case .tool:
            body["tools"] = [
                ["name": .string(prompt.schemaName), "description": "Takes the answer.", "input_schema": schema]
            ]
            body["tool_choice"] = [
                "type": "tool", "name": .string(prompt.schemaName), "disable_parallel_tool_use": true,
            ]
        case .none: break
        }
        return .object(body)
    }

    private typealias StructuredOutput = Configuration.StructuredOutput

    func address(model: String) -> String { configuration.baseURL.withoutSlashes + "/v1/messages" }

    func headers(_ key: ProviderKey?) -> [(name: String, value: String)] {
        var headers = [(name: "anthropic-version", value: "2026-10-21")]
        headers += configuration.headers.map { (name: $0.key, value: $0.value) }
        if let key { headers.append(("x-api-key", key.secret)) }
        return headers
    }

    func completion(_ body: JSONValue) -> ChatCompletion? {
        guard let content = body["content"]?.array else { return nil }
        let end: ChatCompletion.End =
            switch body["stop_reason"]?.string {
            case "refusal": .refused
            case "max_tokens", "model_context_window_exceeded": .cut
            default: .complete
            }
        let input = content.first { $0["type"] == "tool_use" }?["input"]
        let texts = content.compactMap { $0["type"] == "text" ? $0["text"]?.string : nil }
        return ChatCompletion(
            text: input?.serialized() ?? (texts.isEmpty ? nil : texts.joined()), end: end,
            tokens: Self.tokens(body["usage"]))
    }

    /// `input_tokens` are those that neither came from the cache nor went into it.
    private static func tokens(_ usage: JSONValue?) -> TokenUsage? {
        guard let plain = usage?["input_tokens"]?.tokenCount, let output = usage?["output_tokens"]?.tokenCount else {
            return nil
        }
        let cached = usage?["cache_read_input_tokens"]?.tokenCount ?? 0
        let written = usage?["cache_creation_input_tokens"]?.tokenCount ?? 0
        let thought = usage?["output_tokens_details"]?["thinking_tokens"]?.tokenCount ?? 0
        return TokenUsage(
            input: plain + cached + written, cachedInput: cached, cacheWrite: written, output: output,
            reasoning: min(thought, output))
    }

    func failure(_ reply: ProviderReply) -> AIError { ProviderFailure(reply).error }
}
