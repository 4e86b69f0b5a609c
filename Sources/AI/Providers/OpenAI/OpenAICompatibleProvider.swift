package import AsyncHTTPClient
import JSON

/// OpenAI's chat completions, or any server that speaks them (vLLM, Ollama, llama.cpp, a gateway).
///
/// A call is one HTTP request, without retries. The output limit is always sent, so that a call's cost has a maximum.
package struct OpenAICompatibleProvider: AIProvider {
    package static let name = "openai"

    package struct Configuration: Sendable {
        package static let vendorURL = "https://api.openai.com/v1"

        /// Up to and without `/chat/completions`.
        package var baseURL: String
        package var organization: String?
        package var project: String?
        /// Longer requests are refused before they cost something.
        package var maximumInputBytes: Int

        package init(
            baseURL: String = vendorURL, organization: String? = nil, project: String? = nil,
            maximumInputBytes: Int = 400_000
        ) {
            self.baseURL = baseURL
            self.organization = organization
            self.project = project
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

    package var name: String { Self.name }

    package func supports(_ kind: AIOperation.Kind) -> Bool { true }

    package func prepare(_ request: AIRequest) throws(AIError) -> PreparedCall {
        guard request.operation.text.utf8.count <= configuration.maximumInputBytes else {
            throw AIError(.contextTooLong, "the text is longer than \(configuration.maximumInputBytes) bytes")
        }
        let chat = ChatRequest(request)
        let body = chat.body.serializedBytes()
        return PreparedCall(
            request: request, body: body,
            maximumInputTokens: body.count + 64 * (chat.body["messages"]?.array?.count ?? 0),
            maximumOutputTokens: Int(chat.body["max_completion_tokens"]?.integer ?? 0))
    }

    package func send(
        _ call: PreparedCall, key: ProviderKey?, deadline: ContinuousClock.Instant
    ) async throws(AIError) -> ProviderAnswer {
        let reply = try await exchange(call.body, key: key, deadline: deadline)
        guard reply.status == 200 else { throw ChatFailure.error(reply) }
        let answer = try ChatAnswer(reply.body, requestBytes: call.body.count)
        do {
            let (value, confidence) = try ChatRequest(call.request).value(of: answer)
            return ProviderAnswer(value: value, confidence: confidence, tokens: answer.tokens)
        } catch {
            // Not used, but paid for.
            var error = error
            error.tokens = answer.tokens
            error.wasSent = true
            throw error
        }
    }
}
