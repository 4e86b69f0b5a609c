import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// A server that keeps what it is told and answers as the test says.
final class Receiver: Sendable {
    struct Message: Sendable {
        var path: String
        var headers: [String: String]
        var body: String
        var receivedAt: Date

        var id: String { headers["webhook-id"] ?? "" }
    }

    typealias Answer = @Sendable (_ number: Int, Message) async throws -> Response

    private let state = Mutex<[Message]>([])
    private let answer: Answer

    var messages: [Message] { state.withLock { $0 } }

    private init(_ answer: @escaping Answer) { self.answer = answer }

    static func answering(_ answer: @escaping Answer) -> Receiver { Receiver(answer) }

    /// One that is content.
    static func with<Result: Sendable>(
        _ body: @Sendable (Receiver, _ port: Int) async throws -> Result
    ) async throws -> Result {
        try await answering { _, _ in Response(status: .noContent) }.with(body)
    }

    /// Runs around `body` on a free port of this machine.
    func with<Result: Sendable>(
        _ body: @Sendable (Receiver, _ port: Int) async throws -> Result
    ) async throws -> Result {
        let receiver = self
        let router = Router()
        router.post("**") { request, _ in try await receiver.receive(request) }
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "receiver") { _ in SwiftLogNoOpLogHandler() }
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            let port = await iterator.next() ?? 0
            defer { group.cancelAll() }
            return try await body(receiver, port)
        }
    }

    private func receive(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: 1 << 20)
        var headers: [String: String] = [:]
        for field in request.headers { headers[field.name.canonicalName] = field.value }
        let message = Message(
            path: request.uri.path, headers: headers, body: String(buffer: body), receivedAt: Date())
        let number = state.withLock {
            $0.append(message)
            return $0.count
        }
        return try await answer(number, message)
    }
}
