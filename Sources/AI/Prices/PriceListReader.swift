import Foundation
import JSON

/// Reads one entry of a price list; errors name the place.
struct PriceListReader {
    private let entry: JSONValue
    private let place: String

    init(_ entry: JSONValue, _ place: String) {
        self.entry = entry
        self.place = place
    }

    func prices() throws(PriceListError) -> (AIModel, [ModelPrice]) {
        let model = AIModel(provider: try text("provider"), name: try text("model"))
        guard let list = entry["prices"]?.array, !list.isEmpty, list.count <= 1000 else {
            throw error("\"prices\" is a list of 1 to 1000 prices")
        }
        let contextWindow = try count("context_window")
        let maximumOutputTokens = try count("maximum_output_tokens")
        let deprecatedOn = entry["deprecated_on"] == nil ? nil : try day("deprecated_on")
        var tierClass: ModelPrice.TierClass?
        if let name = entry["tier_class"]?.string {
            guard let known = ModelPrice.TierClass(rawValue: name) else {
                throw error("\"tier_class\" is premium, enterprise or opt-in")
            }
            tierClass = known
        }
        var prices: [ModelPrice] = []
        for (index, item) in list.enumerated() {
            let reader = PriceListReader(item, "\(place).prices[\(index)]")
            prices.append(
                ModelPrice(
                    effectiveFrom: try reader.day("effective_from"), rates: try reader.rates(),
                    longContext: try reader.longContext(),
                    batch: try reader.nested("batch")?.rates(), contextWindow: contextWindow,
                    maximumOutputTokens: maximumOutputTokens, deprecatedOn: deprecatedOn, tierClass: tierClass))
        }
        return (model, prices)
    }

    private func longContext() throws(PriceListError) -> ModelPrice.LongContext? {
        guard let reader = nested("long_context") else { return nil }
        guard let threshold = try reader.count("above") else { throw reader.error("\"above\" is missing") }
        return .init(threshold: threshold, rates: try reader.rates())
    }

    private func rates() throws(PriceListError) -> ModelPrice.Rates {
        guard let input = try dollars("input"), let output = try dollars("output") else {
            throw error("\"input\" and \"output\" are needed, in dollars per million tokens")
        }
        return .init(
            input: input, cachedInput: try dollars("cached_input"), cacheWrite: try dollars("cache_write"),
            output: output)
    }

    private func nested(_ name: String) -> PriceListReader? {
        entry[name].map { PriceListReader($0, "\(place).\(name)") }
    }

    func text(_ name: String) throws(PriceListError) -> String {
        guard let text = entry[name]?.string, (1...100).contains(text.count) else {
            throw error("\"\(name)\" is a text of 1 to 100 characters")
        }
        return text
    }

    /// Written `provider/model`.
    func model(_ name: String) throws(PriceListError) -> AIModel {
        let text = try text(name)
        if text == AIModel.local.description { return .local }
        guard let slash = text.firstIndex(of: "/"), slash != text.startIndex, text.index(after: slash) != text.endIndex
        else { throw error("\"\(name)\" is written provider/model") }
        return AIModel(provider: String(text[..<slash]), name: String(text[text.index(after: slash)...]))
    }

    /// Midnight, UTC.
    func day(_ name: String) throws(PriceListError) -> Date {
        guard let text = entry[name]?.string, text.utf8.count == 10,
            let date = try? Date.ISO8601FormatStyle().year().month().day().parse(text)
        else { throw error("\"\(name)\" is a day, such as 2026-11-22") }
        return date
    }

    private func count(_ name: String) throws(PriceListError) -> Int? {
        guard let value = entry[name] else { return nil }
        guard let count = value.integer, (1...1_000_000_000).contains(count) else {
            throw error("\"\(name)\" is a positive number of tokens")
        }
        return Int(count)
    }

    /// As micro-dollars, exactly.
    private func dollars(_ name: String) throws(PriceListError) -> Int64? {
        guard let value = entry[name] else { return nil }
        guard let dollars = value.double, (0...1_000_000).contains(dollars) else {
            throw error("\"\(name)\" is a price from 0 to 1,000,000 dollars")
        }
        let microdollars = (dollars * 1_000_000).rounded()
        // Doubles of such sizes are this near to their six decimals.
        guard abs(dollars * 1_000_000 - microdollars) < 0.001 else {
            throw error("\"\(name)\" has more than six decimals")
        }
        return Int64(microdollars)
    }

    private func error(_ message: String) -> PriceListError { PriceListError(description: "\(place): \(message)") }
}
