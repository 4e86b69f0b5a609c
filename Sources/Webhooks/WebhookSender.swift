import Activities
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Storage

/// One attempt to tell a receiver: one POST, bounded in time and in what is read of the answer.
struct WebhookSender: Sendable {
    struct Result: Sendable {
        var attempt: WebhookAttempt
        /// What the receiver asks to be left alone for.
        var retryAfter: Duration?
        /// 410: it wants nothing more.
        var isGone = false
    }

    let policy: AddressPolicy
    /// Of the whole attempt: names, connection, answer.
    let timeout: Duration

    /// More of an answer is not read.
    private static let readLimit = 64 << 10
    private static let keptCharacters = 1000

    func send(_ delivery: ClaimedDelivery) async -> Result {
        let time = Date()
        let began = ContinuousClock.now
        func attempt(_ answer: Answer? = nil, error: String? = nil) -> WebhookAttempt {
            WebhookAttempt(
                number: delivery.attempt, attemptedAt: time, duration: began.duration(to: .now),
                responseStatus: answer?.status, responseBody: answer?.body, error: error.map { String($0.prefix(500)) })
        }
        do {
            guard !delivery.keys.isEmpty else {
                return Result(attempt: attempt(error: "the webhook's secret cannot be decrypted: rotate it"))
            }
            let url = try WebhookURL(delivery.url, policy: policy)
            let answer = try await within(timeout, else: TimedOut()) { try await post(delivery, to: url, time) }
            guard !(200..<300).contains(answer.status) else { return Result(attempt: attempt(answer)) }
            let error =
                (300..<400).contains(answer.status)
                ? "answered \(answer.status): redirects are not followed" : "answered \(answer.status)"
            return Result(
                attempt: attempt(answer, error: error), retryAfter: answer.retryAfter, isGone: answer.status == 410)
        } catch {
            return Result(attempt: attempt(error: Self.reason(error, timeout)))
        }
    }

    private struct Answer: Sendable {
        var status: Int
        var body: String
        var retryAfter: Duration?
    }

    private func post(_ delivery: ClaimedDelivery, to url: WebhookURL, _ time: Date) async throws -> Answer {
        let address = try await policy.pin(host: url.host, port: url.port, isPlain: url.isPlain)
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10)))
        configuration.httpVersion = .http1Only
        // The plan of retries is ours.
        configuration.connectionPool.retryConnectionEstablishment = false
        if !AddressPolicy.isAddress(url.host) { configuration.dnsOverride = [url.host: address.text] }
        var request = HTTPClientRequest(url: url.text)
        request.method = .POST
        request.headers = ["Content-Type": "application/json", "User-Agent": "workflow-service"]
        for (name, value) in WebhookSignature.headers(
            id: delivery.id.text, time: time, payload: delivery.payload, keys: delivery.keys)
        { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(string: delivery.payload))
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let response = try await client.execute(request, timeout: .nanoseconds(Int64(timeout / .nanoseconds(1))))
            let answer = Answer(
                status: Int(response.status.code), body: try await Self.start(of: response.body),
                retryAfter: response.headers.first(name: "Retry-After").flatMap(Self.retryAfter))
            try await client.shutdown()
            return answer
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// The beginning of a body as text; the rest of a large one is dropped with its connection.
    private static func start(of body: HTTPClientResponse.Body) async throws -> String {
        var bytes: [UInt8] = []
        for try await chunk in body {
            bytes.append(contentsOf: chunk.readableBytesView.prefix(readLimit - bytes.count))
            if bytes.count >= readLimit { break }
        }
        return String(String(decoding: bytes, as: UTF8.self).prefix(keptCharacters))
    }

    /// Seconds, or an HTTP date.
    static func retryAfter(_ text: String) -> Duration? {
        let text = text.trimmingCharacters(in: .whitespaces)
        if let seconds = Int64(text), seconds >= 0 { return .seconds(min(seconds, 1 << 30)) }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return format.date(from: text).map { .seconds(max(0, $0.timeIntervalSinceNow)) }
    }

    private static func reason(_ error: any Error, _ timeout: Duration) -> String {
        switch error {
        case let error as WebhookError: error.message
        case let error as ActivityError: error.detail
        case is TimedOut: "no whole answer within \(timeout)"
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            "no whole answer within \(timeout)"
        case let error as HTTPClientError where error == .connectTimeout: "no connection within 10 seconds"
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            "the receiver closed the connection without an answer"
        case is NIOConnectionError, is IOError, is ChannelError: "the receiver takes no connections"
        default: "the request failed: \(error)"
        }
    }
}

private struct TimedOut: Error {}
