import AsyncHTTPClient
import Foundation
package import JSON
import NIOCore
import NIOHTTP1
import Observability

/// The language's `call: http`: one request, whose answer becomes the task's output.
///
/// Every address is resolved here, checked against the policy and pinned for the connection, for each redirect again; a
/// name that changes its address in between (DNS rebinding) therefore gains nothing.
package struct HTTPCallActivity: Activity {
    package struct Limits: Sendable {
        package var requestBytes = 8 << 20
        package var responseBytes = 8 << 20
        package var timeout: Duration = .seconds(30)
        package var redirects = 5
        package init() {}
    }

    package var profile: ActivityProfile { StandardCatalog.httpCall }

    private let policy: AddressPolicy
    private let limits: Limits

    package init(policy: AddressPolicy, limits: Limits = Limits()) {
        self.policy = policy
        self.limits = limits
    }

    package func run(_ input: JSONValue, _ context: ActivityContext) async throws -> JSONValue {
        var request = try HTTPCallRequest(input, limits: limits)
        // A receiver that knows the header can drop the repeat after a crash between its answer and our record.
        if request.isUnsafe { request.headers.replaceOrAdd(name: "Idempotency-Key", value: context.idempotencyKey) }
        let deadline = NIODeadline.now() + .seconds(limits.timeout.components.seconds)
        var redirects = 0
        while true {
            let answer = try await send(request, deadline: deadline)
            if let location = answer.redirectLocation, request.followsRedirects {
                redirects += 1
                guard redirects <= limits.redirects else {
                    throw ActivityError.communication(status: answer.status, "more than \(limits.redirects) redirects")
                }
                try request.follow(
                    location, status: answer.status, staysAtOrigin: context.carriesSecrets)
                continue
            }
            guard answer.isSuccess(acceptingRedirects: request.followsRedirects) else {
                throw ActivityError.communication(
                    status: answer.status,
                    "\(request.method) \(request.displayURL) answered \(answer.status)\(answer.excerpt)"
                )
            }
            return answer.output(request.output, for: request)
        }
    }

    private func send(_ request: HTTPCallRequest, deadline: NIODeadline) async throws -> HTTPCallAnswer {
        let address = try await policy.pin(host: request.host, port: request.port)
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10), read: .seconds(30))
        )
        configuration.httpVersion = .http1Only
        if IPAddress(request.host) == nil { configuration.dnsOverride = [request.host: address.text] }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            var message = request.message
            if let trace = Correlation.current.trace?.child(), !message.headers.contains(name: "traceparent") {
                message.headers.add(name: "traceparent", value: trace.description)
            }
            let response = try await client.execute(message, deadline: deadline)
            let body = try await response.body.collect(upTo: limits.responseBytes)
            try await client.shutdown()
            return HTTPCallAnswer(status: Int(response.status.code), headers: response.headers, body: body)
        } catch {
            try? await client.shutdown()
            throw Self.communicationError(error, request: request, limits: limits)
        }
    }

    private static func communicationError(
        _ error: any Error, request: HTTPCallRequest, limits: Limits
    ) -> any Error {
        if error is CancellationError || error is ActivityError { return error }
        if error is NIOTooManyBytesError {
            return ActivityError.communication(
                status: 502, "the answer of \(request.displayURL) is larger than \(limits.responseBytes) bytes"
            )
        }
        if let error = error as? HTTPClientError {
            switch error {
            case .cancelled: return CancellationError()
            case .deadlineExceeded, .readTimeout, .connectTimeout:
                return ActivityError(
                    type: "timeout", status: 408, title: "Timed out",
                    detail: "\(request.method) \(request.displayURL) did not answer in time", isRetryable: false
                )
            default: break
            }
        }
        return ActivityError.communication(status: 502, "\(request.method) \(request.displayURL) failed: \(error)")
    }
}

extension ActivityError {
    static func communication(status: Int, _ detail: String) -> ActivityError {
        ActivityError(
            type: "communication", status: status, title: "Communication failed", detail: detail, isRetryable: false
        )
    }
}
