import AI
import AsyncHTTPClient
import Foundation
import JSON
import TestSupport
import Testing

/// The LiteLLM proxy with mock answers: an OpenAI-compatible server that others made. `make bench` installs it.
@Suite(
    .enabled(if: LiteLLMProxy.isInstalled, "the LiteLLM proxy is not there: `scripts/setup bench` installs it"),
    .timeLimit(.minutes(3)))
struct LiteLLMProxyTests {
    @Test func aProxyOfOthersAnswersAndRefusesAsOursExpect() async throws {
        try await LiteLLMProxy.run { proxy in
            func ask(_ operation: AIOperation, _ model: String, key: String? = LiteLLMProxy.key) async -> Result<
                ProviderAnswer, AIError
            > {
                do throws(AIError) {
                    let call = try proxy.prepare(AIRequest(operation: operation, model: model))
                    return .success(
                        try await proxy.send(
                            call, key: key.map { ProviderKey(name: "a", secret: $0) }, deadline: .now + .seconds(30)))
                } catch {
                    return .failure(error)
                }
            }
            func code(_ model: String, key: String? = LiteLLMProxy.key) async -> AIError.Code? {
                if case .failure(let error) = await ask(.generateText(prompt: "Hi"), model, key: key) {
                    #expect(error.wasSent && error.tokens == TokenUsage.none, "\(model)")
                    return error.code
                }
                return nil
            }
            let text = try await ask(.generateText(prompt: "Hi", system: "Be brief", maxTokens: 9), "text").get()
            #expect(text.value == .text("Hello from afar."))
            #expect(text.tokens.input > 0 && text.tokens.output > 0 && !text.tokens.isEstimated)
            let category = try await ask(
                .classify(text: "Invoice 7", categories: ["Contract", "Invoice"]), "category"
            ).get()
            #expect(category.value == .category("Invoice") && category.confidence == 0.9)
            #expect(await code("limited") == .rateLimited)
            #expect(await code("long") == .contextTooLong)
            #expect(await code("broken") == .unavailable)
            #expect(await code("unheard-of") == .badRequest)
            // Without a database it cannot look keys up, and calls that a bad request.
            #expect(await code("text", key: "sk-wrong") == .badRequest)
        }
    }
}

/// The proxy as a process of its own on a free port.
enum LiteLLMProxy {
    static let key = "sk-litellm-test"
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let program = root.appending(path: ".venv-bench/bin/litellm")

    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program.path) }

    private static let configuration = """
        model_list:
          - {model_name: text, litellm_params: {model: openai/text, api_key: x, mock_response: "Hello from afar."}}
          - {model_name: category, litellm_params: {model: openai/category, api_key: x, mock_response: '{"category":"Invoice","confidence":0.9}'}}
          - {model_name: limited, litellm_params: {model: openai/limited, api_key: x, mock_response: litellm.RateLimitError}}
          - {model_name: long, litellm_params: {model: openai/long, api_key: x, mock_response: litellm.ContextWindowExceededError}}
          - {model_name: broken, litellm_params: {model: openai/broken, api_key: x, mock_response: litellm.InternalServerError}}
        general_settings: {master_key: \(key)}
        litellm_settings: {num_retries: 0}
        router_settings: {num_retries: 0, disable_cooldowns: true}
        """

    static func run(_ body: (OpenAICompatibleProvider) async throws -> Void) async throws {
        let port = try PostgresServer.freePort()
        let folder = FileManager.default.temporaryDirectory.appending(path: "litellm-\(port)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "config.yaml")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = program
        process.arguments = ["--config", file.path, "--host", "127.0.0.1", "--port", "\(port)", "--telemetry", "False"]
        process.currentDirectoryURL = folder
        process.environment = [
            "PATH": "/usr/bin:/bin", "HOME": folder.path, "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "LITELLM_LOG": "ERROR", "NO_DOCS": "True",
        ]
        let log = folder.appending(path: "log")
        try Data().write(to: log)
        let handle = try FileHandle(forWritingTo: log)
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        defer {
            // It waits for connections that clients keep when it is asked to end.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let proxy = OpenAICompatibleProvider(
            configuration: .init(baseURL: "http://127.0.0.1:\(port)/v1"), client: .shared)
        let call = try proxy.prepare(AIRequest(operation: .generateText(prompt: "Hi"), model: "text"))
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            let said = try String(contentsOf: log, encoding: .utf8)
            try #require(process.isRunning && ContinuousClock.now < deadline, "\(said)")
            let key = ProviderKey(name: "a", secret: key)
            if (try? await proxy.send(call, key: key, deadline: .now + .seconds(2))) != nil { break }
            try await Task.sleep(for: .milliseconds(200))
        }
        try await body(proxy)
    }
}
