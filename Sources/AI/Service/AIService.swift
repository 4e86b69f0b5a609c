package import AsyncHTTPClient
package import Logging
package import Storage

/// The one door to AI: entitlement, choice of the model, failover, deadline and the ledger.
package struct AIService: Sendable {
    let configuration: AIConfiguration
    let providers: [String: any AIProvider]
    let prices: PriceBook
    let keys: KeyRing
    let usage: AIUsageStore
    let logger: Logger

    /// With the providers that `configuration` names. `client` must not follow redirects: the key would travel with
    /// them.
    package init(configuration: AIConfiguration, client: HTTPClient, usage: AIUsageStore, logger: Logger) {
        var providers: [any AIProvider] = [LocalProvider()]
        if let openAI = configuration.openAI {
            providers.append(OpenAICompatibleProvider(configuration: openAI, client: client))
        }
        self.init(configuration: configuration, providers: providers, usage: usage, logger: logger)
    }

    package init(configuration: AIConfiguration, providers: [any AIProvider], usage: AIUsageStore, logger: Logger) {
        self.configuration = configuration
        self.providers = Dictionary(providers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        prices = PriceBook(configuration.prices)
        keys = KeyRing(configuration.openAIKey.map { [OpenAICompatibleProvider.name: [$0]] } ?? [:])
        self.logger = logger
        self.usage = usage
    }
}
