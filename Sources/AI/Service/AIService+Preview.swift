package import Foundation
package import Storage

extension AIService {
    /// The most that one step of an operation can cost for a tier: each of its models with the longest text that its provider
    /// takes, asked as often as it may be. nil where the tier has no model for it.
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
        let asked = configuration.failsOver ? costs.reduce(0) { $0.addingSaturated($1) } : dearest
        // Once more to put an answer right, and once where a batch was in vain.
        let calls = Int64(configuration.tries) + (kind == .classify || kind == .extractEntities ? 2 : 1)
        let (all, overflow) = asked.multipliedReportingOverflow(by: calls)
        return overflow ? .max : all
    }
}
