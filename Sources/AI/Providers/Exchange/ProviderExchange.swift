import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Observability
import Storage
import Synchronization

/// One HTTP request to a provider and its whole answer, bounded in time and size.
struct ProviderExchange: Sendable {
    static let maximumResponseBytes = 4 << 20

    /// Must not follow redirects: the key would travel with them.
    let client: HTTPClient

    /// Posts JSON and reads the answer, both before the deadline. Errors say whether the body left.
    func post(
        _ body: [UInt8], to address: String, headers: [(name: String, value: String)],
        deadline: ContinuousClock.Instant
    ) async throws(AIError) -> ProviderReply {
        guard !Task.isCancelled else { throw AIError(.cancelled, "the request was cancelled") }
        let content = RequestContent(bytes: ByteBuffer(bytes: body))
        var request = HTTPClientRequest(url: address)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: "workflow-service")
        if let trace = Correlation.current.trace?.child() {
            request.headers.add(name: "traceparent", value: trace.description)
        }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.body = .stream(content, length: .known(Int64(body.count)))
        do {
            return try await outcome(of: request, deadline).get()
        } catch {
            var error = Task.isCancelled ? AIError(.cancelled, "the request was cancelled") : error
            error.wasSent = content.hasLeft.isSet.load(ordering: .relaxed)
            throw error
        }
    }

    /// The client's own deadline ends with the response's head; a body may trickle for ever.
    private func outcome(
        of request: HTTPClientRequest, _ deadline: ContinuousClock.Instant
    ) async -> Result<ProviderReply, AIError> {
        do {
            return try await within(ContinuousClock.now.duration(to: deadline), else: Self.late) {
                await reply(to: request, deadline)
            }
        } catch {
            return .failure(Self.late)
        }
    }

    private static let late = AIError(.timedOut, "the AI provider did not answer in time")

    private func reply(
        to request: HTTPClientRequest, _ deadline: ContinuousClock.Instant
    ) async -> Result<ProviderReply, AIError> {
        do {
            let left = ContinuousClock.now.duration(to: deadline).components
            let timeout = TimeAmount.milliseconds(
                max(1, left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000))
            let response = try await client.execute(request, timeout: timeout)
            var reply = ProviderReply(status: Int(response.status.code), headers: response.headers, body: [])
            do {
                reply.body = Array(buffer: try await response.body.collect(upTo: Self.maximumResponseBytes))
            } catch  where reply.status != 200 && !Task.isCancelled {
                // The status says enough.
            }
            return .success(reply)
        } catch is NIOTooManyBytesError {
            return .failure(
                AIError(.invalidResponse, "the AI provider's answer is longer than \(Self.maximumResponseBytes) bytes"))
        } catch let error as HTTPClientError where Self.timeouts.contains(error) {
            return .failure(Self.late)
        } catch {
            if Task.isCancelled, ContinuousClock.now >= deadline {
                return .failure(Self.late)
            }
            // The cause may hold our addresses; it stays here.
            return .failure(AIError(.unavailable, "the AI provider cannot be reached, or cut the connection"))
        }
    }

    private static let timeouts: [HTTPClientError] = [.deadlineExceeded, .readTimeout, .writeTimeout]
}

/// A request's body that remembers whether it was asked for: not before there is a connection, and nobody charges for a
/// request without a body.
private struct RequestContent: AsyncSequence, Sendable {
    final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    let bytes: ByteBuffer
    let hasLeft = Flag()

    struct AsyncIterator: AsyncIteratorProtocol {
        var bytes: ByteBuffer?
        let hasLeft: Flag

        mutating func next() async -> ByteBuffer? {
            defer { bytes = nil }
            hasLeft.isSet.store(true, ordering: .relaxed)
            return bytes
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: bytes, hasLeft: hasLeft) }
}
