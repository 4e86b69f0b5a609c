import AsyncHTTPClient

extension AIConfiguration {
    /// The providers that are configured, besides the local one.
    func providers(_ client: HTTPClient) -> [any AIProvider] {
        var providers: [any AIProvider] = openAICompatible.map {
            OpenAICompatibleProvider(configuration: $0, client: client)
        }
        if let anthropic { providers.append(AnthropicProvider(configuration: anthropic, client: client)) }
        if let gemini { providers.append(GeminiProvider(configuration: gemini, client: client)) }
        return providers
    }
}
