import Foundation
package import JSON

/// A price list that cannot be used; the message says where and why.
package struct PriceListError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String
}

/// Prices of models by the day they begin, and names that stand for models: the form of our own list, of an operator's file
/// and of a tenant's overrides (docs/ai.md).
package struct PriceList: Sendable, Hashable {
    /// A name that stands for a model from a day on.
    struct Alias: Sendable, Hashable {
        var model: AIModel
        var effectiveFrom: Date
    }

    /// Newest first.
    private(set) var models: [AIModel: [ModelPrice]] = [:]
    /// Newest first.
    private(set) var aliases: [String: [Alias]] = [:]

    static let maximumModels = 5_000

    package init(_ models: [AIModel: [ModelPrice]] = [:]) {
        self.models = models.mapValues { $0.sorted { $0.effectiveFrom > $1.effectiveFrom } }
    }

    package init(json: JSONValue) throws(PriceListError) {
        var list = json["models"]?.array ?? []
        // A tenant's overrides may be the list alone.
        if let array = json.array { list = array }
        guard json.array != nil || json.object != nil, list.count <= Self.maximumModels else {
            throw PriceListError(description: "a price list is an object with at most \(Self.maximumModels) \"models\"")
        }
        for (index, entry) in list.enumerated() {
            let (model, prices) = try PriceListReader(entry, "models[\(index)]").prices()
            merge(prices, of: model)
        }
        for (index, entry) in (json["aliases"]?.array ?? []).enumerated() {
            let reader = PriceListReader(entry, "aliases[\(index)]")
            let name = try reader.text("name")
            let alias = Alias(model: try reader.model("model"), effectiveFrom: try reader.day("effective_from"))
            aliases[name, default: []].append(alias)
            aliases[name]?.sort { $0.effectiveFrom > $1.effectiveFrom }
        }
    }

    package init(parsing bytes: [UInt8]) throws(PriceListError) {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes)
        } catch {
            throw PriceListError(description: "the price list is no JSON: \(error)")
        }
        try self.init(json: json)
    }

    /// Our own, of the models known when it was made.
    static let builtIn = (try? PriceList(parsing: PackageResources.model_prices_json)) ?? PriceList()

    /// With another list's entries, which come before: from a model's first day there on, ours say nothing but the limits
    /// that the other leaves out.
    func merging(_ other: PriceList) -> PriceList {
        var merged = self
        for (model, prices) in other.models {
            let known = models[model]?.first
            let first = prices.map(\.effectiveFrom).min() ?? .distantFuture
            let earlier = (models[model] ?? []).filter { $0.effectiveFrom < first }
            let limited = prices.map { price in
                var price = price
                price.contextWindow = price.contextWindow ?? known?.contextWindow
                price.maximumOutputTokens = price.maximumOutputTokens ?? known?.maximumOutputTokens
                price.deprecatedOn = price.deprecatedOn ?? known?.deprecatedOn
                return price
            }
            merged.models[model] = (limited + earlier).sorted { $0.effectiveFrom > $1.effectiveFrom }
        }
        for (name, aliases) in other.aliases { merged.aliases[name] = aliases }
        return merged
    }

    private mutating func merge(_ prices: [ModelPrice], of model: AIModel) {
        let days = Set(prices.map(\.effectiveFrom))
        let kept = (models[model] ?? []).filter { !days.contains($0.effectiveFrom) }
        models[model] = (prices + kept).sorted { $0.effectiveFrom > $1.effectiveFrom }
    }

    func price(_ model: AIModel, at date: Date) -> ModelPrice? {
        models[model]?.first { $0.effectiveFrom <= date }
    }
}
