package import Storage

/// Which models answer for which tier, how providers are reached, and what holds for their calls.
package struct AIConfiguration: Sendable {
    /// In order of preference; a tier that is missing or empty has no AI.
    package var models: [Tier: [AIModel]]
    package var selection: SelectionOrder = .listed
    /// Whether another model answers when the first cannot. A task's own fallback stays whatever this says.
    package var failsOver = true
    /// Whether a cheaper model is taken when a hard budget has no room for the chosen one; else the call is refused.
    package var downgrades = true
    /// Over everything an operation takes, failover included.
    package var deadline: Duration
    /// Calls to one model for one operation, when they fail in a way that may pass.
    package var tries = 2
    /// How long requests that are alike wait for each other; zero: each goes alone.
    package var batchWindow: Duration = .milliseconds(5)
    package var cache = AnswerCache.Configuration()
    /// Of all calls; what is set for one tenant comes with its caller.
    package var limits: [CallLimit] = []
    package var circuit = CircuitBreaker.Configuration()
    /// Budgets can be for one environment alone.
    package var environment: String?
    /// Off, nothing is recorded, cached in the database or refused.
    package var usesLedger = true

    package var openAICompatible: [OpenAICompatibleProvider.Configuration]
    package var anthropic: AnthropicProvider.Configuration?
    package var gemini: GeminiProvider.Configuration?
    /// By provider; one that is missing needs none.
    package var keySources: [String: [KeyRing.Source]]
    /// They come before our own list.
    package var prices: [AIModel: [ModelPrice]]
    /// They come before all others.
    package var priceFile: String?

    package init(
        models: [Tier: [AIModel]] = [.premium: [.local], .enterprise: [.local]], deadline: Duration = .seconds(45),
        openAICompatible: [OpenAICompatibleProvider.Configuration] = [],
        anthropic: AnthropicProvider.Configuration? = nil, gemini: GeminiProvider.Configuration? = nil,
        keySources: [String: [KeyRing.Source]] = [:], prices: [AIModel: [ModelPrice]] = [:]
    ) {
        self.models = models
        self.deadline = deadline
        self.openAICompatible = openAICompatible
        self.anthropic = anthropic
        self.gemini = gemini
        self.keySources = keySources
        self.prices = prices
    }

    /// All that some tier has, each once.
    package var allModels: [AIModel] {
        Tier.allCases.flatMap { models[$0] ?? [] }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The names of the providers beside the local one.
    package var providerNames: [String] {
        openAICompatible.map(\.name) + [anthropic?.name, gemini?.name].compactMap(\.self)
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
