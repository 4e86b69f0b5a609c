import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Observability

/// What came back over HTTP.
struct ChatReply: Sendable {
    var status: Int
    var retryAfter: Duration?
    var body: [UInt8]
}

extension OpenAICompatibleProvider {
    static let maximumResponseBytes = 4 << 20

    /// Sends one request and reads the whole answer, both before the deadline.
    func exchange(_ body: [UInt8], key: ProviderKey?, deadline: ContinuousClock.Instant) async throws(AIError)
        -> ChatReply
    {
        let request = httpRequest(body, key)
        let client = client
        let outcome = await withTaskGroup(of: Result<ChatReply, AIError>.self) { group in
            group.addTask { await Self.send(request, client, deadline) }
            // The client's own deadline ends with the response's head; a body may trickle for ever.
            group.addTask {
                try? await Task.sleep(until: deadline, clock: .continuous)
                return .failure(AIError(.timedOut, "the AI provider did not answer in time"))
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .failure(AIError(.cancelled, "the request was cancelled"))
        }
        if Task.isCancelled { throw AIError(.cancelled, "the request was cancelled") }
        return try outcome.get()
    }

    private func httpRequest(_ body: [UInt8], _ key: ProviderKey?) -> HTTPClientRequest {
        var base = configuration.baseURL
        while base.hasSuffix("/") { base.removeLast() }
        var request = HTTPClientRequest(url: base + "/chat/completions")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: "workflow-service")
        if let trace = Correlation.current.trace?.child() {
            request.headers.add(name: "traceparent", value: trace.description)
        }
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key.secret)") }
        if let organization = configuration.organization {
            request.headers.add(name: "OpenAI-Organization", value: organization)
        }
        if let project = configuration.project { request.headers.add(name: "OpenAI-Project", value: project) }
        request.body = .bytes(ByteBuffer(bytes: body))
        return request
    }

    private static func send(
        _ request: HTTPClientRequest, _ client: HTTPClient, _ deadline: ContinuousClock.Instant
    ) async -> Result<ChatReply, AIError> {
        do {
            let left = ContinuousClock.now.duration(to: deadline).components
            let timeout = TimeAmount.milliseconds(
                max(1, left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000))
            let response = try await client.execute(request, timeout: timeout)
            var reply = ChatReply(
                status: Int(response.status.code), retryAfter: ChatFailure.retryAfter(response.headers.first(name:)),
                body: [])
            do {
                reply.body = Array(buffer: try await response.body.collect(upTo: maximumResponseBytes))
            } catch  where reply.status != 200 {
                // The status says enough.
            }
            return .success(reply)
        } catch is NIOTooManyBytesError {
            return .failure(
                AIError(.invalidResponse, "the AI provider's answer is longer than \(maximumResponseBytes) bytes"))
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout {
            return .failure(AIError(.timedOut, "the AI provider did not answer in time"))
        } catch {
            // The cause may hold our addresses; it stays here.
            return .failure(AIError(.unavailable, "the AI provider cannot be reached, or cut the connection"))
        }
    }
}
