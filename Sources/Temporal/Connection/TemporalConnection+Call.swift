internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import Metrics
internal import TemporalProtocol

extension TemporalConnection {
    /// What one attempt of a call is made with.
    struct Attempt {
        /// A page of history was seen at 5.4 MB; gRPC's own bound is 4 MiB.
        private static let maximumMessageBytes = 128 << 20

        let workflows: Temporal_Api_Workflowservice_V1_WorkflowService.Client<HTTP2ClientTransport.Posix>
        let operators: Temporal_Api_Operatorservice_V1_OperatorService.Client<HTTP2ClientTransport.Posix>
        let metadata: Metadata
        let options: CallOptions

        init(_ connection: TemporalConnection, timeout: Duration) {
            workflows = connection.workflows
            operators = connection.operators
            var metadata = connection.metadata
            metadata.addString(Self.milliseconds(timeout), forKey: "grpc-timeout")
            self.metadata = metadata
            var options = CallOptions.defaults
            options.maxRequestMessageBytes = Self.maximumMessageBytes
            options.maxResponseMessageBytes = Self.maximumMessageBytes
            self.options = options
        }

        /// gRPC's spelling of a timeout, which has eight digits at most.
        private static func milliseconds(_ timeout: Duration) -> String {
            "\(Int64(max(1, min(timeout / .milliseconds(1), 99_999_999))))m"
        }
    }

    /// Makes a call with a deadline and retries what a later attempt can cure:
    ///
    /// ```swift
    /// let info = try await connection.call {
    ///     try await $0.workflows.getSystemInfo(.init(), metadata: $0.metadata, options: $0.options)
    /// }
    /// ```
    ///
    /// A request must be safe to repeat: writes carry a request id. Cancelling the task throws `.cancelled`.
    func call<Response: Sendable>(
        _ policy: CallPolicy = .standard, _ operation: @escaping @Sendable (Attempt) async throws -> Response
    ) async throws(TemporalError) -> Response {
        var begin = ContinuousClock.now
        let end = begin + max(policy.total, policy.attempt)
        let metrics = requestMetrics.operation(Response.self, isPoll: policy.isPoll)
        var backoff = Backoff()
        var slowBackoff = Backoff.slow
        while true {
            let error: TemporalError
            metrics.requests.increment()
            do {
                let timeout = min(policy.attempt, begin.duration(to: end))
                let attempt = Attempt(self, timeout: timeout)
                let response = try await deadlines.call(within: timeout, on: openings.executor) {
                    try await operation(attempt)
                }
                metrics.latency.record(duration: ContinuousClock.now - begin)
                return response
            } catch let failure {
                error = TemporalError(failure)
            }
            metrics.latency.record(duration: ContinuousClock.now - begin)
            if Task.isCancelled { throw TemporalError(.cancelled, "The call was cancelled.", cause: error) }
            requestMetrics.failed(metrics, error.code)
            guard error.isRetryable, policy.total >= policy.attempt else { throw error }
            let delay = error.code == .resourceExhausted ? slowBackoff.next() : backoff.next()
            guard ContinuousClock.now + delay < end else { throw error }
            try await pause(for: delay)
            begin = ContinuousClock.now
        }
    }
}
