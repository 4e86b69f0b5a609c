import Foundation
import Storage

/// A configuration that cannot be used; the message names the variable.
package struct AIConfigurationError: Error, Sendable, CustomStringConvertible {
    package var description: String
}

extension AIConfiguration {
    /// Providers, keys, models and prices, from the environment.
    ///
    /// - `OPENAI_API_KEY` (secret), `OPENAI_BASE_URL`, `OPENAI_ORG_ID`, `OPENAI_PROJECT_ID`; `ANTHROPIC_API_KEY`,
    ///   `ANTHROPIC_BASE_URL`; `GEMINI_API_KEY`, `GEMINI_BASE_URL`: a key or an address turns the provider on.
    /// - `AI_PROVIDERS`: more OpenAI-compatible servers, such as `vllm=http://10.0.0.5:8000/v1 structured_output=json_object`
    ///   (`OpenAICompatibleProvider.Configuration(name:settings:)`), with commas between.
    /// - `AI_KEYS_FILE`: keys of any provider, one a line, `PROVIDER/NAME:SECRET:WEIGHT` (`ProviderKey.keys`).
    /// - `AI_MODELS_BASIC`, `AI_MODELS_PREMIUM`, `AI_MODELS_ENTERPRISE`: models of a tier in order, such as
    ///   `openai/gpt-6-luna,local`; an empty value takes AI from the tier. Without them the vendors' usual ones come before
    ///   `local`.
    /// - `AI_MODEL_PRICES`: dollars per million input and output tokens, such as `vllm/my-model=0/0,gpt-x=0.15/0.60`; without
    ///   a provider it is `openai`'s. A price of zero is for servers of one's own and refused for the vendors'.
    /// - `AI_PRICES_FILE`: a price list (docs/ai.md) that comes before all others.
    package init(environment: [String: String]) throws(AIConfigurationError) {
        self.init()
        let reader = EnvironmentReader(environment)
        let keysFile = reader.text("AI_KEYS_FILE")
        let named = try keysFile.map(Self.providers(inKeysFile:)) ?? []
        try readVendors(reader, named)
        try readServers(reader)
        let names = providerNames
        if Set(names).count < names.count {
            throw AIConfigurationError(description: "AI_PROVIDERS: a provider's name is given twice")
        }
        if let keysFile {
            // A server of one's own that no line is for needs no key.
            if let stranger = named.sorted().first(where: { !names.contains($0) }) {
                throw AIConfigurationError(description: "AI_KEYS_FILE: there is no provider \(stranger)")
            }
            for name in names where named.contains(name) { keySources[name, default: []].append(.file(keysFile)) }
        }
        priceFile = reader.text("AI_PRICES_FILE")
        for (model, price) in try prices(environment["AI_MODEL_PRICES"] ?? "") { prices[model] = [price] }
        models = defaultModels
        let book = try book()
        for tier in Tier.allCases {
            let name = "AI_MODELS_\(tier.rawValue.uppercased())"
            if let list = environment[name] { models[tier] = try Self.models(list, book, variable: name) }
        }
        try validate(book)
    }

    /// - Parameter named: for whom there are keys in the file of keys.
    private mutating func readVendors(
        _ reader: EnvironmentReader, _ named: Set<String>
    ) throws(AIConfigurationError) {
        func address(of name: String, _ usual: String) throws(AIConfigurationError) -> String? {
            try reader.vendor(name.uppercased(), usual) ?? (named.contains(name) ? usual : nil)
        }
        if let address = try address(of: "openai", OpenAICompatibleProvider.Configuration.vendorURL) {
            openAICompatible.append(
                .init(
                    baseURL: address, organization: reader.text("OPENAI_ORG_ID"),
                    project: reader.text("OPENAI_PROJECT_ID")))
        }
        if let address = try address(of: "anthropic", AnthropicProvider.Configuration.vendorURL) {
            anthropic = .init(baseURL: address)
        }
        if let address = try address(of: "gemini", GeminiProvider.Configuration.vendorURL) {
            gemini = .init(baseURL: address)
        }
        for name in [OpenAICompatibleProvider.name, AnthropicProvider.name, GeminiProvider.name] {
            guard let text = reader.text("\(name.uppercased())_API_KEY") else { continue }
            do {
                keySources[name] = [.keys(try ProviderKey.keys(text, of: name))]
            } catch {
                throw AIConfigurationError(description: "\(name.uppercased())_API_KEY: \(error)")
            }
        }
    }

    /// For whom a file of keys has some; each of its lines says it.
    private static func providers(inKeysFile path: String) throws(AIConfigurationError) -> Set<String> {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw AIConfigurationError(description: "AI_KEYS_FILE: \(path) cannot be read")
        }
        var providers: Set<String> = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") { continue }
            let name = line.prefix { $0 != ":" }.split(separator: "/", omittingEmptySubsequences: false)
            guard name.count == 2, !name[0].isEmpty, line.contains(":") else {
                throw AIConfigurationError(
                    description: "AI_KEYS_FILE: line \(index + 1) is not PROVIDER/NAME:SECRET, with :WEIGHT after it")
            }
            providers.insert(String(name[0]))
        }
        return providers
    }

    private mutating func readServers(_ reader: EnvironmentReader) throws(AIConfigurationError) {
        for item in (reader.text("AI_PROVIDERS") ?? "").split(separator: ",") {
            let parts = item.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2 else {
                throw AIConfigurationError(
                    description: "AI_PROVIDERS: \"\(item)\" is not name=address, with options after the address")
            }
            do {
                openAICompatible.append(try .init(name: parts[0], settings: parts[1]))
            } catch {
                throw AIConfigurationError(description: "AI_PROVIDERS: \(error)")
            }
        }
    }

    /// What a tier has where nobody says: of each vendor that is configured its usual models, then the local one.
    private var defaultModels: [Tier: [AIModel]] {
        let usual: [(provider: String, premium: String, enterprise: String)] = [
            (OpenAICompatibleProvider.name, "gpt-6-luna", "gpt-6.1-terra"),
            (AnthropicProvider.name, "claude-haiku-5-5", "claude-sonnet-5-5"),
            (GeminiProvider.name, "gemini-3.8-flash", "gemini-4-argon"),
        ]
        let vendors = usual.filter { providerNames.contains($0.provider) }
        let premium = vendors.map { AIModel(provider: $0.provider, name: $0.premium) }
        let enterprise = vendors.map { AIModel(provider: $0.provider, name: $0.enterprise) }
        return [.premium: premium + [.local], .enterprise: enterprise + premium + [.local]]
    }

    private func book() throws(AIConfigurationError) -> PriceBook {
        guard let priceFile else { return PriceBook(prices) }
        do {
            return try PriceBook(prices, file: priceFile)
        } catch {
            throw AIConfigurationError(description: "AI_PRICES_FILE: \(error)")
        }
    }

    /// Every model has a provider and a price, which a file may change later.
    private func validate(_ book: PriceBook) throws(AIConfigurationError) {
        for model in allModels where model != .local {
            guard providerNames.contains(model.provider) else {
                throw AIConfigurationError(
                    description: "the model \(model) needs the provider \(model.provider): give its key or address")
            }
            guard model.name.count <= 100 else {
                throw AIConfigurationError(
                    description: "the name of the model \(model) is longer than 100 characters")
            }
            guard let price = book.price(book.resolve(model)) else {
                throw AIConfigurationError(
                    description:
                        "the model \(model) has no price; give one in AI_MODEL_PRICES: \(model.provider)/\(model.name)=0.15/0.60"
                )
            }
            if price.isFree, isVendor(model.provider) {
                throw AIConfigurationError(
                    description: "the model \(model) is not free at its vendor; give its price in AI_MODEL_PRICES")
            }
        }
    }

    /// Limits name providers and models that are there.
    package func checkLimits() throws(AIConfigurationError) {
        let book = PriceBook()
        for limit in limits {
            switch limit.subject {
            case .provider(let name) where !providerNames.contains(name):
                throw AIConfigurationError(description: "AI_LIMITS: there is no provider \(name)")
            case .model(let model) where !allModels.contains { book.resolve($0) == book.resolve(model) }:
                throw AIConfigurationError(description: "AI_LIMITS: no tier has the model \(model)")
            default: break
            }
        }
    }

    private func isVendor(_ provider: String) -> Bool {
        func host(_ address: String) -> String? { URL(string: address)?.host }
        let own =
            openAICompatible.first { $0.name == provider }?.baseURL
            ?? (anthropic?.name == provider ? anthropic?.baseURL : nil)
            ?? (gemini?.name == provider ? gemini?.baseURL : nil) ?? ""
        return [
            OpenAICompatibleProvider.Configuration.vendorURL, AnthropicProvider.Configuration.vendorURL,
            GeminiProvider.Configuration.vendorURL,
        ].contains { host($0) == host(own) }
    }

    private static func models(
        _ list: String, _ book: PriceBook, variable: String
    ) throws(AIConfigurationError) -> [AIModel] {
        var models: [AIModel] = []
        for item in list.split(separator: ",") {
            let name = item.trimmingCharacters(in: .whitespaces)
            if name.isEmpty { continue }
            if name == LocalProvider.name {
                models.append(.local)
            } else if let slash = name.firstIndex(of: "/"), slash != name.startIndex,
                name.index(after: slash) != name.endIndex
            {
                let model = String(name[name.index(after: slash)...])
                models.append(AIModel(provider: String(name[..<slash]), name: model))
            } else if let model = book.model(named: name) {
                models.append(model)
            } else {
                throw AIConfigurationError(
                    description: "\(variable): \"\(name)\" is neither \"local\" nor provider/model")
            }
        }
        return models
    }

    private func prices(_ list: String) throws(AIConfigurationError) -> [(AIModel, ModelPrice)] {
        var prices: [(AIModel, ModelPrice)] = []
        for item in list.split(separator: ",") {
            let parts = item.split(separator: "=", omittingEmptySubsequences: false)
            let rates = parts.count == 2 ? parts[1].split(separator: "/", omittingEmptySubsequences: false) : []
            guard rates.count == 2, let input = ModelPrice.microdollars(rates[0]),
                let output = ModelPrice.microdollars(rates[1])
            else {
                throw AIConfigurationError(
                    description: "AI_MODEL_PRICES: \"\(item)\" is not model=input/output in dollars")
            }
            let name = parts[0].trimmingCharacters(in: .whitespaces)
            var model = AIModel(provider: OpenAICompatibleProvider.name, name: name)
            if let slash = name.firstIndex(of: "/"), providerNames.contains(String(name[..<slash])) {
                model = AIModel(provider: String(name[..<slash]), name: String(name[name.index(after: slash)...]))
            }
            prices.append(
                (model, ModelPrice(effectiveFrom: .distantPast, rates: .init(input: input, output: output))))
        }
        return prices
    }
}

/// Variables with a value, trimmed.
private struct EnvironmentReader {
    private let environment: [String: String]

    init(_ environment: [String: String]) { self.environment = environment }

    func text(_ name: String) -> String? {
        let text = environment[name]?.trimmingCharacters(in: .whitespacesAndNewlines)
        return text?.isEmpty == false ? text : nil
    }

    /// The address of a provider that a key or an address turns on.
    func vendor(_ name: String, _ usual: String) throws(AIConfigurationError) -> String? {
        let address = text("\(name)_BASE_URL")
        if let address {
            guard let url = URL(string: address), ["http", "https"].contains(url.scheme), url.host != nil else {
                throw AIConfigurationError(description: "\(name)_BASE_URL is no http or https address")
            }
        }
        return address ?? (text("\(name)_API_KEY") == nil ? nil : usual)
    }
}

extension ModelPrice {
    /// "0.15" dollars as 150,000 micro-dollars, exactly; nil for anything but up to six digits on each side of a point.
    package static func microdollars(_ text: some StringProtocol) -> Int64? {
        let parts = text.trimmingCharacters(in: .whitespaces).split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first, (1...2).contains(parts.count), (1...6).contains(whole.count) else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard fraction.count <= 6, (whole + fraction).utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(whole + fraction + String(repeating: "0", count: 6 - fraction.count))
    }
}
