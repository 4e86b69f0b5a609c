import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1

/// Who is asked for a text, and in which form.
enum AskForm: String {
    /// A chat completion, of a provider or a gateway that speaks its form.
    case chat
    /// `POST /workflows/ai/test`.
    case service
}

/// Asks for `count` texts, `atOnce` at a time, each of its own, so that no cache answers; prints the median and the 95th
/// percentile in milliseconds, and requests a second.
func measureAsks(_ form: AskForm, url: String, key: String, model: String, count: Int, atOnce: Int) async throws {
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = atOnce
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    func ask(_ number: Int) async throws -> Double {
        let prompt: JSONValue = .string(
            "Write one sentence about number \(number) of \(ProcessInfo.processInfo.processIdentifier).")
        let body: JSONValue =
            switch form {
            case .chat:
                [
                    "model": .string(model), "max_completion_tokens": 50,
                    "messages": [["role": "user", "content": prompt]],
                ]
            case .service: ["operation": "generate_text", "prompt": prompt, "max_tokens": 50]
            }
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = ["Authorization": "Bearer \(key)", "Content-Type": "application/json"]
        request.body = .bytes(ByteBuffer(bytes: body.serializedBytes()))
        let begin = ContinuousClock.now
        let response = try await client.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        let took = begin.duration(to: .now) / .milliseconds(1)
        let answer = try JSONValue(parsing: [UInt8](bytes.readableBytesView))
        let text = form == .chat ? answer["choices"]?[0]?["message"]?["content"] : answer["value"]
        guard response.status == .ok, text == "Hello from upstream." else {
            throw UnexpectedAnswer(text: "\(response.status): \(answer.serialized().prefix(300))")
        }
        return took
    }
    for number in 0..<(atOnce * 5) { _ = try await ask(-1 - number) }
    let begin = ContinuousClock.now
    let times = try await withThrowingTaskGroup(of: [Double].self) { group in
        for worker in 0..<atOnce {
            group.addTask {
                var times: [Double] = []
                for number in stride(from: worker, to: count, by: atOnce) { times.append(try await ask(number)) }
                return times
            }
        }
        return try await group.reduce(into: []) { $0 += $1 }
    }.sorted()
    let seconds = begin.duration(to: .now) / .seconds(1)
    let result: JSONValue = [
        "p50": .number(times[times.count / 2]), "p95": .number(times[times.count * 95 / 100]),
        "per_second": .number(Double(times.count) / seconds),
    ]
    print(result.serialized())
    try await client.shutdown()
}

private struct UnexpectedAnswer: Error {
    let text: String
}
