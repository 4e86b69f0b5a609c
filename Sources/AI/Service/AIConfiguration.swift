package import Storage

/// Which models answer for which tier, and how providers are reached.
package struct AIConfiguration: Sendable {
    /// In order of preference; a tier that is missing or empty has no AI.
    package var models: [Tier: [AIModel]]
    /// Over everything an operation takes, failover included.
    package var deadline: Duration
    /// nil: no OpenAI-compatible server is configured.
    package var openAI: OpenAICompatibleProvider.Configuration?
    package var openAIKey: ProviderKey?
    /// They come before our own list.
    package var prices: [AIModel: [ModelPrice]] = [:]

    package init(
        models: [Tier: [AIModel]] = [.premium: [.local], .enterprise: [.local]], deadline: Duration = .seconds(45),
        openAI: OpenAICompatibleProvider.Configuration? = nil, openAIKey: ProviderKey? = nil,
        prices: [AIModel: [ModelPrice]] = [:]
    ) {
        self.models = models
        self.deadline = deadline
        self.openAI = openAI
        self.openAIKey = openAIKey
        self.prices = prices
    }
}

/// A model of a provider, written `provider/model`; `local` is the built-in one.
package struct AIModel: Sendable, Hashable, CustomStringConvertible {
    package var provider: String
    package var name: String

    package init(provider: String, name: String) {
        self.provider = provider
        self.name = name
    }

    package static let local = AIModel(provider: LocalProvider.name, name: LocalProvider.model)

    package var description: String { self == .local ? name : "\(provider)/\(name)" }
}
