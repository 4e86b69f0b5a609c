package import AsyncHTTPClient

/// OpenAI's chat completions, or any server that speaks them.
package struct OpenAICompatibleProvider: AIProvider {
    package struct Configuration: Sendable {
        package init() {}
    }

    let configuration: Configuration
    let client: HTTPClient

    package init(configuration: Configuration, client: HTTPClient) {
        self.configuration = configuration
        self.client = client
    }

    package var name: String { "openai" }

    package func supports(_ kind: AIOperation.Kind) -> Bool { true }

    package func answer(_ request: AIRequest) async throws(AIError) -> AIResponse {
        throw AIError(.unsupported, "not yet")
    }
}
