import Foundation
import Hummingbird
import JSON
import Logging
import NIOCore
import Synchronization

/// OpenAI-compatible servers that keep their own books and misbehave when they are told to: one for each first part of the
/// path, such as `/a/v1`.
final class ChargingAI: Sendable {
    enum Mode: Sendable { case well, down, slow, lying }

    private struct State {
        var modes: [String: Mode] = [:]
        /// What was charged, by the caller's number.
        var book: [String: Int] = [:]
        var port = 0
    }

    /// Dollars per million output tokens; input is free.
    static let price = 100
    private let state = Mutex(State())
    private let latency: Duration

    private init(latency: Duration) { self.latency = latency }

    var port: Int { state.withLock { $0.port } }
    /// Micro-dollars by the number in the prompt, `#17;`.
    var book: [String: Int] { state.withLock { $0.book } }

    func set(_ mode: Mode, of servers: String...) {
        state.withLock { state in for server in servers { state.modes[server] = mode } }
    }

    static func with<Result: Sendable>(
        latency: Duration = .milliseconds(50), _ body: @Sendable (ChargingAI) async throws -> Result
    ) async throws -> Result {
        let ai = ChargingAI(latency: latency)
        let router = Router()
        router.post("{server}/v1/chat/completions") { request, context in
            let bytes = try await request.body.collect(upTo: 8 << 20)
            return try await ai.answer(
                JSONValue(parsing: String(buffer: bytes)), try context.parameters.require("server"))
        }
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "charging-ai") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            let number = await iterator.next() ?? 0
            ai.state.withLock { $0.port = number }
            defer { group.cancelAll() }
            return try await body(ai)
        }
    }

    private func answer(_ request: JSONValue, _ server: String) async throws -> Response {
        switch state.withLock({ $0.modes[server] ?? .well }) {
        case .down: return Response(status: .serviceUnavailable)
        case .slow: try await Task.sleep(for: .seconds(30))
        case .lying: return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "<html>no</html>")))
        case .well: break
        }
        let most = Int(request["max_completion_tokens"]?.integer ?? request["max_tokens"]?.integer ?? 0)
        // From 10 to 60 % of what was reserved.
        let tokens = Int.random(in: (most / 10)...(most * 6 / 10))
        let text = request["messages"]?.array?.last?["content"]?.string ?? ""
        if let start = text.firstIndex(of: "#"), let end = text[start...].firstIndex(of: ";") {
            let number = String(text[text.index(after: start)..<end])
            state.withLock { $0.book[number, default: 0] += tokens * Self.price }
        }
        try await Task.sleep(for: latency)
        let form = request["response_format"]?["json_schema"]?["name"]?.string
        let content: String =
            switch form {
            case "classify": #"{"category": "Report", "confidence": 0.9}"#
            case "extract_entities": #"{"entities": []}"#
            default: "An answer."
            }
        let completion: JSONValue = [
            "choices": [["finish_reason": "stop", "message": ["role": "assistant", "content": .string(content)]]],
            "usage": ["prompt_tokens": 10, "completion_tokens": .integer(Int64(tokens))],
        ]
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(string: completion.serialized())))
    }
}
