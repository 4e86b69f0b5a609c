import AI
import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import Synchronization

/// A real HTTP server that stands in for an OpenAI-compatible provider and answers by a script.
struct ScriptedServer: Sendable {
    enum Answer: Sendable {
        /// A chat completion with this content.
        case content(
            String, finish: String = "stop", usage: JSONValue? = ["prompt_tokens": 100, "completion_tokens": 20])
        case status(Int, body: String = "", headers: [String: String] = [:])
        case bytes(Int)
        /// Waits before the head.
        case slow(Duration)
        /// Sends a head and a beginning, then a byte now and then, for ever.
        case trickle
        /// Promises more than it sends, and closes.
        case cut
        /// After a look at the request.
        case reply(@Sendable (Seen) -> Answer)
        /// The same, later.
        indirect case after(Duration, Answer)
    }

    struct Seen: Sendable {
        var path: String
        var query: String?
        /// By lower-case name.
        var headers: [String: String]
        var body: JSONValue

        var authorization: String? { headers["authorization"] }
    }

    let address: String
    private let script: Script

    var requests: [Seen] { script.seen.withLock { $0 } }

    private final class Script: Sendable {
        let answers: [Answer]
        let seen = Mutex<[Seen]>([])

        init(_ answers: [Answer]) { self.answers = answers }

        /// Writes the request down and gives its answer: in order, the last again and again.
        func next(_ request: Seen) -> Answer {
            let number = seen.withLock { list in
                list.append(request)
                return list.count - 1
            }
            return answers[min(number, answers.count - 1)]
        }
    }

    /// By the first part of the path.
    private static let scripts = Mutex<[String: Script]>([:])

    /// One server for the process, which ends with it: cancelling a server while clients connect trips an assertion of NIO.
    private static let port = Task<Int, Never> {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "scripted")
        logger.logLevel = .critical
        let application = Application(
            responder: CallbackResponder { (request: Request, _: BasicRequestContext) in
                let bytes = Array(buffer: try await request.body.collect(upTo: 8 << 20))
                let parts = request.uri.path.split(separator: "/", maxSplits: 1)
                guard parts.count == 2, let script = scripts.withLock({ $0[String(parts[0])] }) else {
                    return Response(status: .gone)
                }
                let seen = Seen(
                    path: "/" + parts[1], query: request.uri.query,
                    headers: Dictionary(
                        request.headers.map { ($0.name.canonicalName, $0.value) }, uniquingKeysWith: { "\($0), \($1)" }),
                    body: (try? JSONValue(parsing: bytes)) ?? .null
                )
                return try await response(script.next(seen), seen)
            },
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                continuation.yield(channel.localAddress?.port ?? 0)
                continuation.finish()
            },
            logger: logger
        )
        Task { try await application.run() }
        for await port in ports { return port }
        return 0
    }

    static func run<Result>(
        _ answers: [Answer], _ body: (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let port = await port.value
        let name = UUID().uuidString
        let script = Script(answers)
        scripts.withLock { $0[name] = script }
        defer { scripts.withLock { $0[name] = nil } }
        return try await body(ScriptedServer(address: "http://127.0.0.1:\(port)/\(name)/v1", script: script))
    }

    private static func response(_ answer: Answer, _ seen: Seen) async throws -> Response {
        switch answer {
        case .reply(let reply): return try await response(reply(seen), seen)
        case .after(let delay, let answer):
            try await Task.sleep(for: delay)
            return try await response(answer, seen)
        case .content(let content, let finish, let usage):
            var body: JSONObject = .init()
            body["choices"] = [
                ["finish_reason": .string(finish), "message": ["role": "assistant", "content": .string(content)]]
            ]
            body["usage"] = usage
            return Response(
                status: .ok, body: .init(byteBuffer: ByteBuffer(string: JSONValue.object(body).serialized())))
        case .status(let status, let body, let headers):
            var fields = HTTPFields()
            for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
            return Response(
                status: .init(code: status), headers: fields, body: .init(byteBuffer: ByteBuffer(string: body)))
        case .bytes(let count):
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(repeating: 0x20, count: count)))
        case .slow(let delay):
            try await Task.sleep(for: delay)
            return try await response(.content("late"), seen)
        case .trickle:
            return Response(
                status: .ok,
                body: .init { writer in
                    while true {
                        try await writer.write(ByteBuffer(string: " "))
                        try await Task.sleep(for: .milliseconds(50))
                    }
                })
        case .cut:
            return Response(
                status: .ok, headers: [.contentLength: "1000"],
                body: .init { writer in
                    try await writer.write(ByteBuffer(string: "{\"choices\":"))
                    throw CancellationError()
                })
        }
    }

    static let key = ProviderKey(name: "default", secret: "sk-test-secret")

    func provider(_ change: (inout OpenAICompatibleProvider.Configuration) -> Void = { _ in })
        -> OpenAICompatibleProvider
    {
        OpenAICompatibleProvider(configuration: configuration(change), client: .shared)
    }

    func configuration(
        _ change: (inout OpenAICompatibleProvider.Configuration) -> Void = { _ in }
    ) -> OpenAICompatibleProvider.Configuration {
        var configuration = OpenAICompatibleProvider.Configuration(baseURL: address)
        change(&configuration)
        return configuration
    }

    static let prices: [AIModel: [ModelPrice]] = [
        AIModel(provider: "openai", name: "small"): [price(100_000, 500_000)],
        AIModel(provider: "openai", name: "large"): [price(2_000_000, 10_000_000)],
    ]

    private static func price(_ input: Int64, _ output: Int64) -> ModelPrice {
        ModelPrice(effectiveFrom: .distantPast, rates: .init(input: input, output: output))
    }
}
