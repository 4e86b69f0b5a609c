import AI
import Foundation
import Storage
import TestSupport
import Testing

@Suite struct AIConfigurationTests {
    @Test func withoutAKeyEveryPayingTierHasTheLocalModel() throws {
        let configuration = try AIConfiguration(environment: [:])
        #expect(configuration.models == [.premium: [.local], .enterprise: [.local]])
        #expect(configuration.providerNames.isEmpty)
        #expect(configuration.deadline == .seconds(45))
    }

    @Test func withAKeyTheVendorsModelsComeFirst() throws {
        let configuration = try AIConfiguration(environment: ["OPENAI_API_KEY": " sk-x\n"])
        #expect(configuration.models[.premium]?.map(\.description) == ["openai/gpt-6-luna", "local"])
        #expect(
            configuration.models[.enterprise]?.map(\.description) == [
                "openai/gpt-6.1-terra", "openai/gpt-6-luna", "local",
            ])
        #expect(configuration.models[.basic] == nil)
        #expect(Self.secrets(of: "openai", configuration) == ["sk-x"])
        #expect(configuration.openAICompatible.first?.baseURL == "https://api.openai.com/v1")
    }

    @Test func everyVendorWithAKeyAddsItsModels() throws {
        let configuration = try AIConfiguration(environment: [
            "ANTHROPIC_API_KEY": "main:sk-a:3\nspare:sk-b:0", "GEMINI_BASE_URL": "http://127.0.0.1:9/v1beta",
        ])
        #expect(
            configuration.models[.premium]?.map(\.description) == [
                "anthropic/claude-haiku-5-5", "gemini/gemini-3.8-flash", "local",
            ])
        #expect(Self.secrets(of: "anthropic", configuration) == ["sk-a", "sk-b"])
        #expect(configuration.keySources["gemini"] == nil)
        #expect(configuration.gemini?.baseURL == "http://127.0.0.1:9/v1beta")
    }

    @Test func aFileOfKeysTurnsItsProvidersOn() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "keys")
            try Data("# ours\nanthropic/main:sk-a:3\n".utf8).write(to: file)
            let configuration = try AIConfiguration(environment: ["AI_KEYS_FILE": file.path])
            #expect(
                configuration.providerNames == ["anthropic"] && configuration.keySources.keys.sorted() == ["anthropic"])
            for (text, part) in [("main:sk-a", "line 1"), ("vllm/main:sk-a", "no provider vllm")] {
                try Data(text.utf8).write(to: file)
                let error = #expect(throws: AIConfigurationError.self) {
                    try AIConfiguration(environment: ["AI_KEYS_FILE": file.path])
                }
                #expect(error?.description.contains(part) == true)
            }
        }
    }

    @Test func serversOfOnesOwnAreNamed() throws {
        let configuration = try AIConfiguration(environment: [
            "AI_PROVIDERS":
                "vllm=http://127.0.0.1:8000/v1 structured_output=json_object, mistral=https://mistral.example/v1",
            "AI_MODELS_PREMIUM": "vllm/llama,mistral/mistral-small-2603", "AI_MODEL_PRICES": "vllm/llama=0/0",
        ])
        #expect(configuration.providerNames == ["vllm", "mistral"])
        #expect(configuration.openAICompatible.first?.structuredOutput == .object)
        #expect(configuration.prices[AIModel(provider: "vllm", name: "llama")]?.first?.isFree == true)
    }

    private static func secrets(of provider: String, _ configuration: AIConfiguration) -> [String] {
        (configuration.keySources[provider] ?? []).flatMap { source -> [String] in
            if case .keys(let keys) = source { keys.map(\.secret) } else { [] }
        }
    }

    @Test func tiersAndPricesAreConfigured() throws {
        let configuration = try AIConfiguration(environment: [
            "OPENAI_BASE_URL": "http://127.0.0.1:8000/v1", "AI_MODELS_ENTERPRISE": "openai/org/llama, local",
            "AI_MODELS_PREMIUM": "",
            "AI_MODELS_BASIC": "local", "AI_MODEL_PRICES": "org/llama=0/0,other=0.15/0.600001",
        ])
        #expect(configuration.models[.enterprise] == [AIModel(provider: "openai", name: "org/llama"), .local])
        #expect(configuration.models[.premium] == [])
        #expect(configuration.models[.basic] == [.local])
        #expect(configuration.keySources.isEmpty)
        func price(_ model: String) -> ModelPrice? {
            configuration.prices[AIModel(provider: "openai", name: model)]?.first
        }
        #expect(price("org/llama")?.isFree == true)
        #expect(price("other")?.rates == .init(input: 150_000, output: 600_001))
    }

    @Test(arguments: [
        (["AI_MODELS_PREMIUM": "openai/gpt-6-luna"], "needs the provider"),
        (["AI_PROVIDERS": "vllm"], "AI_PROVIDERS"),
        (["AI_PROVIDERS": "vllm=ftp://x"], "AI_PROVIDERS"),
        (["AI_PROVIDERS": "a=http://x,a=http://y"], "twice"),
        (["AI_PRICES_FILE": "/nowhere"], "AI_PRICES_FILE"),
        (["AI_KEYS_FILE": "/nowhere"], "AI_KEYS_FILE"),
        (["OPENAI_API_KEY": "k", "AI_MODELS_PREMIUM": "openai/unheard-of"], "no price"),
        (["OPENAI_API_KEY": "k", "AI_MODELS_PREMIUM": "openai/x", "AI_MODEL_PRICES": "x=0/0"], "not free"),
        (["OPENAI_API_KEY": "k", "AI_MODEL_PRICES": "x=1"], "AI_MODEL_PRICES"),
        (["OPENAI_API_KEY": "k", "AI_MODEL_PRICES": "x=-1/2"], "AI_MODEL_PRICES"),
        (["OPENAI_API_KEY": "k", "AI_MODEL_PRICES": "x=1e3/2"], "AI_MODEL_PRICES"),
        (["OPENAI_BASE_URL": "ftp://x"], "OPENAI_BASE_URL"),
        (["OPENAI_BASE_URL": "nonsense"], "OPENAI_BASE_URL"),
        (["AI_MODELS_PREMIUM": "gpt"], "provider/model"),
        (["AI_MODELS_PREMIUM": "acme/gpt"], "provider"),
    ])
    func mistakesAreNamed(environment: [String: String], part: String) {
        let error = #expect(throws: AIConfigurationError.self) { try AIConfiguration(environment: environment) }
        #expect(error?.description.contains(part) == true)
    }
}
