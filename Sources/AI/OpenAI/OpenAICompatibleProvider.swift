package import AsyncHTTPClient
import JSON

/// OpenAI's chat completions, or any server that speaks them (vLLM, Ollama, llama.cpp, a gateway).
///
/// A call is one HTTP request, without retries. The output limit is always sent, so that a call's cost has a maximum; a
/// model without a price is refused before anything is sent.
package struct OpenAICompatibleProvider: AIProvider {
    package static let name = "openai"

    package struct Configuration: Sendable {
        package static let vendorURL = "https://api.openai.com/v1"

        /// Up to and without `/chat/completions`.
        package var baseURL: String
        /// Secret. nil for servers that ask for none.
        package var apiKey: String?
        package var organization: String?
        package var project: String?
        /// By model; they come before `ModelPrice.table`.
        package var prices: [String: ModelPrice]
        /// Longer requests are refused before they cost something.
        package var maximumInputBytes: Int

        package init(
            baseURL: String = vendorURL, apiKey: String? = nil, organization: String? = nil, project: String? = nil,
            prices: [String: ModelPrice] = [:], maximumInputBytes: Int = 400_000
        ) {
            self.baseURL = baseURL
            self.apiKey = apiKey
            self.organization = organization
            self.project = project
            self.prices = prices
            self.maximumInputBytes = maximumInputBytes
        }

        package func price(_ model: String) -> ModelPrice? { prices[model] ?? ModelPrice.table[model] }
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

    package func answer(_ request: AIRequest) async throws(AIError) -> AIResponse {
        guard let price = configuration.price(request.model) else {
            throw AIError(.unpriced, "the model \(request.model) has no price; configure one to use it")
        }
        guard request.operation.text.utf8.count <= configuration.maximumInputBytes else {
            throw AIError(.contextTooLong, "the text is longer than \(configuration.maximumInputBytes) bytes")
        }
        let chat = ChatRequest(request)
        let body = chat.body.serializedBytes()
        let reply = try await exchange(body, deadline: request.deadline)
        guard reply.status == 200 else { throw ChatFailure.error(reply) }
        let answer = try ChatAnswer(reply.body, requestBytes: body.count, price: price)
        do {
            let (value, confidence) = try chat.value(of: answer)
            return AIResponse(
                value: value, provider: name, model: request.model, usage: answer.usage, confidence: confidence)
        } catch {
            // Not used, but paid for.
            var error = error
            error.usage = answer.usage
            throw error
        }
    }
}
