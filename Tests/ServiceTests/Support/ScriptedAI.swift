import Foundation
import Hummingbird
import JSON
import Logging
import NIOCore

/// An OpenAI-compatible server that misbehaves as the document tells it: the text holds `AI-500`, `AI-504`, `AI-429`,
/// `AI-HANG`, `AI-GARBAGE` or `AI-NOFORM`; `AI-CROWD` is answered once as many as `crowd` ask so; anything else is answered
/// well.
struct ScriptedAI: Sendable {
    let port: Int

    static let inputTokens = 1000
    static let outputTokens = 100
    static let model = "scripted"
    static let crowd = 24

    /// For a service whose premium tier asks this server and nobody else; the enterprise tier stays local.
    var environment: [String: String] { Self.environment(port: port) }

    static func environment(port: Int) -> [String: String] {
        [
            "OPENAI_API_KEY": "sk-secret-of-the-test", "OPENAI_BASE_URL": "http://127.0.0.1:\(port)/v1",
            "AI_MODELS_PREMIUM": "openai/\(model)", "AI_MODELS_ENTERPRISE": "local", "AI_MODEL_PRICES": "\(model)=1/20",
            // Each document has the answer or failure that it asks for, whatever others had.
            "AI_CIRCUIT_PAUSE": "0s", "AI_BATCH_WINDOW": "0s", "AI_CACHE_AGE": "0s",
        ]
    }

    static func with<Result: Sendable>(_ body: @Sendable (ScriptedAI) async throws -> Result) async throws -> Result {
        let router = Router()
        let gathering = Gathering()
        router.post("v1/chat/completions") { request, _ in
            let bytes = try await request.body.collect(upTo: 8 << 20)
            let text = String(buffer: bytes)
            if text.contains("AI-CROWD") { await gathering.join(until: crowd) }
            return try await answer(text)
        }
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "scripted-ai") { _ in SwiftLogNoOpLogHandler() }
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            let server = ScriptedAI(port: await iterator.next() ?? 0)
            defer { group.cancelAll() }
            return try await body(server)
        }
    }

    private static func answer(_ request: String) async throws -> Response {
        if request.contains("AI-500") { return response("it broke", .internalServerError) }
        if request.contains("AI-504") { return response("the gateway gave up", .gatewayTimeout) }
        if request.contains("AI-429") { return response(#"{"error": {"message": "slow down"}}"#, .tooManyRequests) }
        if request.contains("AI-GARBAGE") { return response("<html>not what you want") }
        if request.contains("AI-HANG") { try await Task.sleep(for: .seconds(300)) }
        let content: String
        if request.contains("AI-NOFORM") {
            content = " "
        } else if request.contains(#""name":"classify""#) {
            content = #"{"category": "Report", "confidence": 0.91}"#
        } else if request.contains(#""json_schema""#) {
            content = #"{"entities": [{"type": "person", "text": "Ada Lovelace", "confidence": 0.8}]}"#
        } else {
            content = "Ada Lovelace wrote notes."
        }
        let completion: JSONValue = [
            "id": "chat-1", "object": "chat.completion", "model": .string(model),
            "choices": [
                ["index": 0, "finish_reason": "stop", "message": ["role": "assistant", "content": .string(content)]]
            ],
            "usage": [
                "prompt_tokens": .integer(Int64(inputTokens)), "completion_tokens": .integer(Int64(outputTokens)),
                "total_tokens": .integer(Int64(inputTokens + outputTokens)),
            ],
        ]
        return response(completion.serialized())
    }

    private static func response(_ text: String, _ status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}

/// Nobody goes on before all are there.
private actor Gathering {
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func join(until count: Int) async {
        await withCheckedContinuation { continuation in
            waiting.append(continuation)
            letGo(count)
        }
    }

    private func letGo(_ count: Int) {
        guard waiting.count >= count else { return }
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}
