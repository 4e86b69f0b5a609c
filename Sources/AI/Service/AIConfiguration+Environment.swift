import Foundation
import Storage

/// A configuration that cannot be used; the message names the variable.
package struct AIConfigurationError: Error, Sendable, CustomStringConvertible {
    package var description: String
}

extension AIConfiguration {
    /// From the environment.
    ///
    /// - `OPENAI_API_KEY` (secret), `OPENAI_BASE_URL`, `OPENAI_ORG_ID`, `OPENAI_PROJECT_ID`: the OpenAI-compatible
    ///   server. A key or an address turns it on; without models of one's own the default ones then come before
    ///   `local`.
    /// - `AI_MODELS_BASIC`, `AI_MODELS_PREMIUM`, `AI_MODELS_ENTERPRISE`: models of a tier in order, such as
    ///   `openai/gpt-6-luna,local`; an empty value takes AI from the tier.
    /// - `AI_MODEL_PRICES`: dollars per million input and output tokens, such as `my-model=0.15/0.60,other=0/0`. A
    ///   price of zero is for servers of one's own and refused for the vendor's.
    package init(environment: [String: String]) throws(AIConfigurationError) {
        func variable(_ name: String) -> String? {
            environment[name].map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.flatMap {
                $0.isEmpty ? nil : $0
            }
        }
        self.init()
        let key = variable("OPENAI_API_KEY")
        let address = variable("OPENAI_BASE_URL")
        if key != nil || address != nil {
            var server = OpenAICompatibleProvider.Configuration()
            openAIKey = key.map { ProviderKey(name: "default", secret: $0) }
            if let address {
                guard let scheme = URL(string: address)?.scheme, ["http", "https"].contains(scheme),
                    URL(string: address)?.host != nil
                else { throw AIConfigurationError(description: "OPENAI_BASE_URL is no http or https address") }
                server.baseURL = address
            }
            server.organization = variable("OPENAI_ORG_ID")
            server.project = variable("OPENAI_PROJECT_ID")
            for (model, price) in try Self.prices(environment["AI_MODEL_PRICES"] ?? "") {
                prices[AIModel(provider: OpenAICompatibleProvider.name, name: model)] = [price]
            }
            openAI = server
            models = Self.openAIModels
        }
        for tier in Tier.allCases {
            let name = "AI_MODELS_\(tier.rawValue.uppercased())"
            if let list = environment[name] { models[tier] = try Self.models(list, variable: name) }
        }
        try validate()
    }

    private static let openAIModels: [Tier: [AIModel]] = [
        .premium: [AIModel(provider: OpenAICompatibleProvider.name, name: "gpt-6-luna"), .local],
        .enterprise: [
            AIModel(provider: OpenAICompatibleProvider.name, name: "gpt-6.1-terra"),
            AIModel(provider: OpenAICompatibleProvider.name, name: "gpt-6-luna"), .local,
        ],
    ]

    /// Every model has a provider and a price.
    private func validate() throws(AIConfigurationError) {
        let book = PriceBook(prices)
        for tier in Tier.allCases {
            for model in models[tier] ?? [] where model != .local {
                guard model.provider == OpenAICompatibleProvider.name else {
                    throw AIConfigurationError(description: "the model \(model) names a provider that does not exist")
                }
                guard let server = openAI else {
                    throw AIConfigurationError(
                        description: "the model \(model) needs OPENAI_API_KEY or OPENAI_BASE_URL")
                }
                guard model.name.count <= 100 else {
                    throw AIConfigurationError(
                        description: "the name of the model \(model) is longer than 100 characters")
                }
                guard let price = book.price(model) else {
                    throw AIConfigurationError(
                        description:
                            "the model \(model) has no price; give one in AI_MODEL_PRICES: \(model.name)=0.15/0.60"
                    )
                }
                if price.isFree,
                    URL(string: server.baseURL)?.host
                        == URL(string: OpenAICompatibleProvider.Configuration.vendorURL)?.host
                {
                    throw AIConfigurationError(
                        description: "the model \(model) is not free at its vendor; give its price in AI_MODEL_PRICES")
                }
            }
        }
    }

    private static func models(_ list: String, variable: String) throws(AIConfigurationError) -> [AIModel] {
        var models: [AIModel] = []
        for item in list.split(separator: ",") {
            let name = item.trimmingCharacters(in: .whitespaces)
            if name.isEmpty { continue }
            if name == LocalProvider.name {
                models.append(.local)
                continue
            }
            guard let slash = name.firstIndex(of: "/"), slash != name.startIndex,
                name.index(after: slash) != name.endIndex
            else {
                throw AIConfigurationError(
                    description: "\(variable): \"\(name)\" is neither \"local\" nor provider/model")
            }
            models.append(AIModel(provider: String(name[..<slash]), name: String(name[name.index(after: slash)...])))
        }
        return models
    }

    private static func prices(_ list: String) throws(AIConfigurationError) -> [(String, ModelPrice)] {
        var prices: [(String, ModelPrice)] = []
        for item in list.split(separator: ",") {
            let parts = item.split(separator: "=", omittingEmptySubsequences: false)
            let rates = parts.count == 2 ? parts[1].split(separator: "/", omittingEmptySubsequences: false) : []
            guard rates.count == 2, let input = ModelPrice.microdollars(rates[0]),
                let output = ModelPrice.microdollars(rates[1])
            else {
                throw AIConfigurationError(
                    description: "AI_MODEL_PRICES: \"\(item)\" is not model=input/output in dollars")
            }
            prices.append(
                (
                    parts[0].trimmingCharacters(in: .whitespaces),
                    ModelPrice(effectiveFrom: .distantPast, rates: .init(input: input, output: output))
                ))
        }
        return prices
    }
}

extension ModelPrice {
    /// "0.15" dollars as 150,000 micro-dollars, exactly; nil for anything but up to six digits on each side of a point.
    static func microdollars(_ text: some StringProtocol) -> Int64? {
        let parts = text.trimmingCharacters(in: .whitespaces).split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first, (1...2).contains(parts.count), (1...6).contains(whole.count) else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard fraction.count <= 6, (whole + fraction).utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(whole + fraction + String(repeating: "0", count: 6 - fraction.count))
    }
}
