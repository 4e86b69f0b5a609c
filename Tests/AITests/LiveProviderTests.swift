import AI
import AsyncHTTPClient
import Foundation
import JSON
import Testing

/// The vendors themselves, with real keys: `make test-live`. Costs cents; every vendor whose key is in the environment is
/// asked.
@Suite(.enabled(if: LiveVendor.isAsked, "only `make test-live` asks the vendors"), .serialized, .timeLimit(.minutes(5)))
struct LiveProviderTests {
    private static let text =
        "Invoice 7: Anna Schmidt of Kiln Works owes 40 euros for the repair of a pump on 3 May 2026."

    @Test(arguments: LiveVendor.withKeys)
    func theVendorAnswersEveryOperation(vendor: LiveVendor) async throws {
        let provider = vendor.provider
        var cost: Int64 = 0
        func ask(_ operation: AIOperation, batched: [AIOperation] = []) async throws -> ProviderAnswer {
            let call = try provider.prepare(AIRequest(operation: operation, batched: batched, model: vendor.model))
            let answer = try await provider.send(call, key: vendor.key, deadline: .now + .seconds(60))
            #expect(!answer.tokens.isEstimated, "the vendor reports what a call took")
            #expect((1...call.maximumInputTokens).contains(answer.tokens.input))
            #expect((1...call.maximumOutputTokens).contains(answer.tokens.output))
            if let price = PriceBook().price(AIModel(provider: vendor.rawValue, name: vendor.model)) {
                cost += price.cost(answer.tokens)
            }
            return answer
        }
        let categories = ["Contract", "Invoice", "Poem"]
        let generated = try await ask(.generateText(prompt: "Say hello in one word.", maxTokens: 2_000))
        guard case .text(let hello) = generated.value else { throw AIError(.invalidResponse, "no text") }
        #expect(!hello.isEmpty)
        let one = AIOperation.classify(text: Self.text, categories: categories)
        #expect(try await ask(one).value == .category("Invoice"))
        let other = AIOperation.classify(text: "Roses are red, violets are blue.", categories: categories)
        let both = try await ask(one, batched: [other])
        #expect(both.value == .category("Invoice") && both.batched.map(\.value) == [.category("Poem")])
        let found = try await ask(.extractEntities(text: Self.text))
        guard case .entities(let entities) = found.value else { throw AIError(.invalidResponse, "no entities") }
        #expect(entities.contains { $0.text.contains("Anna Schmidt") })
        let summary = try await ask(.summarize(text: Documents.report, maxWords: 40))
        guard case .summary(let words) = summary.value else { throw AIError(.invalidResponse, "no summary") }
        #expect((3...40).contains(Local.words(words)))
        let letter = try await ask(
            .personalize(template: "Dear {{name}}, your order is ready.", profile: ["city": "Bonn"], instructions: nil))
        guard case .text(let letter) = letter.value else { throw AIError(.invalidResponse, "no text") }
        #expect(letter.contains("{{name}}"))
        print("\(vendor.rawValue)/\(vendor.model): \(cost) micro-dollars by our price list")
    }

    @Test(arguments: LiveVendor.withKeys)
    func theVendorsRefusalsAreUnderstood(vendor: LiveVendor) async throws {
        let provider = vendor.provider
        func code(model: String, key: ProviderKey?) async throws -> AIError.Code? {
            let call = try provider.prepare(AIRequest(operation: .generateText(prompt: "Hi"), model: model))
            let error = await #expect(throws: AIError.self) {
                try await provider.send(call, key: key, deadline: .now + .seconds(60))
            }
            #expect(error?.tokens == TokenUsage.none)
            return error?.code
        }
        #expect(try await code(model: "no-such-model-7", key: vendor.key) == .noModel)
        let wrong = ProviderKey(name: "wrong", secret: "sk-" + String(repeating: "0", count: 40))
        #expect(try await code(model: vendor.model, key: wrong) == .auth)
    }
}

/// Whom to ask, by the variables of the service itself.
enum LiveVendor: String, CaseIterable, Sendable {
    case openai, anthropic, gemini, mistral

    private static let environment = ProcessInfo.processInfo.environment

    static var isAsked: Bool { environment["TEST_LIVE"] == "1" }
    static var withKeys: [LiveVendor] { isAsked ? allCases.filter { $0.key != nil } : [] }

    var key: ProviderKey? {
        Self.environment["\(rawValue.uppercased())_API_KEY"].flatMap { try? ProviderKey.keys($0).first }
    }

    /// `LIVE_OPENAI_MODEL=…` asks another.
    var model: String {
        let usual =
            switch self {
            case .openai: "gpt-6-luna"
            case .anthropic: "claude-haiku-5-5"
            case .gemini: "gemini-3.5-flash-lite"
            case .mistral: "mistral-small-2603"
            }
        return Self.environment["LIVE_\(rawValue.uppercased())_MODEL"] ?? usual
    }

    var provider: any AIProvider {
        switch self {
        case .openai: OpenAICompatibleProvider(configuration: .init(), client: .shared)
        case .anthropic: AnthropicProvider(configuration: .init(), client: .shared)
        case .gemini: GeminiProvider(configuration: .init(), client: .shared)
        case .mistral:
            OpenAICompatibleProvider(
                configuration: .init(name: rawValue, baseURL: "https://api.mistral.ai/v1", outputLimit: .maxTokens),
                client: .shared)
        }
    }
}
