package import AsyncHTTPClient
package import Logging

/// The one door to AI: entitlement, choice of the model, failover, deadline and the ledger.
package struct AIService: Sendable {
    package typealias Recorder = @Sendable (UsageRecord) async throws -> Void

    let configuration: AIConfiguration
    let providers: [String: any AIProvider]
    let record: Recorder
    let logger: Logger

    /// With the providers that `configuration` names. `client` must not follow redirects: the key would travel with them.
    package init(configuration: AIConfiguration, client: HTTPClient, logger: Logger, record: @escaping Recorder) {
        var providers: [any AIProvider] = [LocalProvider()]
        if let openAI = configuration.openAI {
            providers.append(OpenAICompatibleProvider(configuration: openAI, client: client))
        }
        self.init(configuration: configuration, providers: providers, logger: logger, record: record)
    }

    package init(configuration: AIConfiguration, providers: [any AIProvider], logger: Logger, record: @escaping Recorder) {
        self.configuration = configuration
        self.providers = Dictionary(providers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.logger = logger
        self.record = record
    }
}
