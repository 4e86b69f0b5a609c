package import Foundation
import Synchronization

/// What models cost: our own list, an operator's, and what was agreed with a tenant; the last named comes first.
package final class PriceBook: Sendable {
    private struct Prices {
        /// By effective day, newest first.
        var models: [AIModel: [ModelPrice]]
        var tenants: [UUID: [AIModel: [ModelPrice]]] = [:]
    }

    private let prices: Mutex<Prices>

    package init(_ models: [AIModel: [ModelPrice]] = [:]) {
        let listed = Self.listed.merging(models) { _, given in given }
        prices = Mutex(Prices(models: listed.mapValues { $0.sorted { $0.effectiveFrom > $1.effectiveFrom } }))
    }

    /// The price of a model on a day; nil where it has none. Aliases are resolved first (`resolve`).
    package func price(_ model: AIModel, tenant: UUID? = nil, at date: Date = Date()) -> ModelPrice? {
        if model == .local { return Self.free }
        return prices.withLock { prices in
            let own = tenant.flatMap { prices.tenants[$0]?[model] } ?? []
            return (own.first { $0.effectiveFrom <= date })
                ?? prices.models[model]?.first { $0.effectiveFrom <= date }
        }
    }

    /// The model that a name stands for today.
    package func resolve(_ model: AIModel) -> AIModel { model }

    /// What computing in this process costs.
    private static let free = ModelPrice(effectiveFrom: .distantPast, rates: .init(input: 0, output: 0))

    private static let listed: [AIModel: [ModelPrice]] = [
        AIModel(provider: "openai", name: "gpt-6.1-sol"): [listed(input: 2_000_000, output: 10_000_000)],
        AIModel(provider: "openai", name: "gpt-6.1-terra"): [listed(input: 1_000_000, output: 5_000_000)],
        AIModel(provider: "openai", name: "gpt-6-luna"): [listed(input: 100_000, output: 500_000)],
        AIModel(provider: "openai", name: "gpt-5.6-luna"): [listed(input: 200_000, output: 1_200_000)],
    ]

    private static func listed(input: Int64, output: Int64) -> ModelPrice {
        ModelPrice(
            effectiveFrom: Date(timeIntervalSince1970: 1_795_305_600), rates: .init(input: input, output: output))
    }
}
