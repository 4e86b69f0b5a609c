package import Foundation
package import JSON
package import Storage

extension AIService {
    /// What a tier may ask for, who answers, and how these fare.
    package struct Capabilities: Sendable, Hashable {
        package struct Model: Sendable, Hashable {
            package var provider: String
            package var model: String
            package var operations: [AIOperation.Kind]
            /// `available`, `circuit_open`, `blocked`, `unpriced` or `not_configured`.
            package var status: String
            /// The tenant's; nil: the model has none.
            package var price: ModelPrice?
        }

        package struct Provider: Sendable, Hashable {
            package var name: String
            /// `available`; `degraded` where a key is set aside, a model is left alone, or half of the last calls failed.
            package var status: String
            package var keys: [KeyRing.Health]
            /// Of the last quarter of an hour, in all processes.
            package var calls: Int64
            package var failed: Int64
            package var p95Milliseconds: Int64?
        }

        package var tier: Tier
        /// What at least one of the models does.
        package var operations: [AIOperation.Kind]
        /// In order of preference.
        package var models: [Model]
        package var providers: [Provider]
    }

    private static let recent: TimeInterval = 900

    /// - Parameter tenant: whose prices and keys; nil: the operator's.
    package func capabilities(_ tier: Tier, tenant: UUID?) async throws -> Capabilities {
        let models = (configuration.models[tier] ?? []).map { model(prices.resolve($0), tenant) }
        let operations = AIOperation.Kind.allCases.filter { kind in models.contains { $0.operations.contains(kind) } }
        let names = models.map(\.provider).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return Capabilities(
            tier: tier, operations: operations, models: models,
            providers: try await providerHealth(names, tenant: tenant))
    }

    /// How providers fare; nil: all that are configured.
    package func providerHealth(
        _ names: [String]? = nil, tenant: UUID? = nil
    ) async throws -> [Capabilities.Provider] {
        let window = StatisticsWindow(last: Self.recent, before: Date())
        let figures = try await statistics?.providerFigures(window) ?? [:]
        let health = keys.health()
        return (names ?? ["local"] + configuration.providerNames).map { name in
            // Others' calls count: they tell of the provider. What they are does not show.
            let (calls, failed) = (figures[name]?.calls ?? 0, figures[name]?.failed ?? 0)
            let keys = health.filter { $0.provider == name && $0.tenant == tenant }
            let isLeftAlone = configuration.allModels.map { prices.resolve($0) }.contains {
                $0.provider == name && self.health.standing($0) != .available
            }
            let isDegraded = isLeftAlone || keys.contains { $0.reason != nil } || (calls >= 10 && failed * 2 >= calls)
            return Capabilities.Provider(
                name: name, status: isDegraded ? "degraded" : "available", keys: keys, calls: calls, failed: failed,
                p95Milliseconds: figures[name]?.p95)
        }
    }

    private func model(_ model: AIModel, _ tenant: UUID?) -> Capabilities.Model {
        let provider = providers[model.provider]
        let price = prices.price(model, tenant: tenant)
        let status =
            if provider == nil {
                "not_configured"
            } else if price == nil {
                "unpriced"
            } else {
                switch health.standing(model) {
                case .available, .probing: "available"
                case .circuitOpen: "circuit_open"
                case .blocked: "blocked"
                }
            }
        return Capabilities.Model(
            provider: model.provider, model: model.name,
            operations: AIOperation.Kind.allCases.filter { provider?.supports($0) ?? false }, status: status,
            price: price)
    }
}

extension AIService.Capabilities {
    package var json: JSONValue {
        [
            "tier": .string(tier.rawValue), "operations": .array(operations.map { .string($0.rawValue) }),
            "models": .array(models.map(\.json)), "providers": .array(providers.map(\.json)),
        ]
    }
}

extension AIService.Capabilities.Model {
    fileprivate var json: JSONValue {
        [
            "provider": .string(provider), "model": .string(model), "status": .string(status),
            "operations": .array(operations.map { .string($0.rawValue) }),
            "context_window": price?.contextWindow.map { .integer(Int64($0)) } ?? .null,
            "maximum_output_tokens": price?.maximumOutputTokens.map { .integer(Int64($0)) } ?? .null,
            // Dollars per million tokens.
            "price": price.map { price in
                [
                    "input": .number(Double(price.rates.input) / 1_000_000),
                    "output": .number(Double(price.rates.output) / 1_000_000),
                ]
            } ?? .null,
        ]
    }
}

extension AIService.Capabilities.Provider {
    package var json: JSONValue {
        [
            "name": .string(name), "status": .string(status),
            "keys": .array(
                keys.map { key in
                    [
                        "name": .string(key.name), "own": .bool(key.tenant != nil),
                        "set_aside": key.reason.map { .string($0.rawValue) } ?? .null,
                        "set_aside_for_s": key.pausedFor.map { .integer($0.components.seconds) } ?? .null,
                    ]
                }),
            "recent": [
                "calls": .integer(calls), "failed": .integer(failed),
                "p95_ms": p95Milliseconds.map { .integer($0) } ?? .null,
            ],
        ]
    }
}
