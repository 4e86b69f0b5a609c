package import Foundation
package import Storage

extension AIService {
    /// The most that one step of an operation can cost for a tier: its dearest model with the longest text that its provider
    /// takes, asked as often as it may be, and once more to put the answer right. nil where the tier has no model for it.
    ///
    /// - Parameter maximumOutputTokens: what the step asks for at most, reasoning included.
    package func maximumCost(
        of kind: AIOperation.Kind, maximumOutputTokens: Int, tier: Tier, tenant: UUID? = nil
    ) -> Int64? {
        let costs = (configuration.models[tier] ?? []).map { prices.resolve($0) }.compactMap { model -> Int64? in
            guard let provider = providers[model.provider], provider.supports(kind),
                let price = prices.price(model, tenant: tenant)
            else { return nil }
            guard model != .local else { return 0 }
            let input = min(provider.maximumInputTokens, price.contextWindow ?? .max)
            let output = min(maximumOutputTokens, price.maximumOutputTokens ?? .max)
            return price.maximum(inputTokens: input, outputTokens: output)
        }
        guard let dearest = costs.max() else { return nil }
        let (all, overflow) = dearest.multipliedReportingOverflow(by: Int64(configuration.tries + 1))
        return overflow ? .max : all
    }
}
