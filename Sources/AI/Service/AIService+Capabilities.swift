package import JSON
package import Storage

extension AIService {
    /// What a tier may ask for, and who answers.
    package struct Capabilities: Sendable, Hashable {
        package struct Model: Sendable, Hashable {
            package var provider: String
            package var model: String
            package var operations: [AIOperation.Kind]
        }

        package var tier: Tier
        /// What at least one of the models does.
        package var operations: [AIOperation.Kind]
        /// In order of preference.
        package var models: [Model]

        package var json: JSONValue {
            [
                "tier": .string(tier.rawValue),
                "operations": .array(operations.map { .string($0.rawValue) }),
                "models": .array(
                    models.map { model in
                        [
                            "provider": .string(model.provider), "model": .string(model.model),
                            "operations": .array(model.operations.map { .string($0.rawValue) }),
                        ]
                    }),
            ]
        }
    }

    package func capabilities(_ tier: Tier) -> Capabilities {
        let models = (configuration.models[tier] ?? []).map { model in
            let provider = providers[model.provider]
            return Capabilities.Model(
                provider: model.provider, model: model.name,
                operations: AIOperation.Kind.allCases.filter { provider?.supports($0) ?? false })
        }
        let operations = AIOperation.Kind.allCases.filter { kind in models.contains { $0.operations.contains(kind) } }
        return Capabilities(tier: tier, operations: operations, models: models)
    }
}
