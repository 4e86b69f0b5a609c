internal import Foundation
internal import Logging
internal import SwiftProtobuf
internal import TemporalProtocol

/// What the server is told of an attempt.
enum ActivityReport: Sendable {
    case completed(Payload?)
    case failed(Failure, lastHeartbeat: [Payload]?)
    case cancelled(details: [Payload])
    /// Nobody waits for it.
    case none

    init(_ result: Result<Payload?, any Error>, of task: ActivityTask) {
        switch (result, task.cancellation) {
        case (.success(let payload), _): self = .completed(payload)
        case (.failure, .gone), (.failure, .timedOut): self = .none
        case (.failure(let failure as Failure), .requested):
            if case .canceled(let details) = failure.kind {
                self = .cancelled(details: details)
            } else {
                self = .failed(failure, lastHeartbeat: task.heartbeats.last)
            }
        case (.failure(let failure as Failure), _): self = .failed(failure, lastHeartbeat: task.heartbeats.last)
        case (.failure(is CancellationError), .requested): self = .cancelled(details: [])
        case (.failure(is CancellationError), let reason?):
            let failure = Failure.application("the attempt was stopped: \(reason)", type: "ActivityStopped")
            self = .failed(failure, lastHeartbeat: task.heartbeats.last)
        case (.failure(let error), _):
            let failure = Failure.application("\(error)", type: "\(type(of: error))")
            self = .failed(failure, lastHeartbeat: task.heartbeats.last)
        }
    }
}

extension ActivityExecutor {
    /// Reports until the server has heard, the attempt's time is over, or the activity is gone. Not cut short when the worker
    /// stops, only hurried.
    func send(
        _ report: ActivityReport, _ message: Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse,
        _ deadline: ContinuousClock.Instant?, _ logger: Logger
    ) async {
        let left = deadline.map { ContinuousClock.now.duration(to: $0) } ?? .seconds(60)
        let total = Task.isCancelled ? .seconds(5) : max(left, .seconds(10))
        let policy = CallPolicy(attempt: min(total, .seconds(10)), total: total)
        let sending = Task { await deliver(report, message, policy, logger) }
        await sending.value
    }

    private func deliver(
        _ report: ActivityReport, _ message: Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse,
        _ policy: CallPolicy, _ logger: Logger
    ) async {
        do throws(TemporalError) {
            try await send(report, message, policy)
        } catch {
            let level: Logger.Level = error.code == .notFound ? .debug : .warning
            logger.log(level: level, "the report of an activity was not accepted", metadata: ["error": "\(error)"])
        }
    }

    private func send(
        _ report: ActivityReport, _ message: Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse,
        _ policy: CallPolicy
    ) async throws(TemporalError) {
        let encode = client.codec.encoding
        switch report {
        case .none: return
        case .completed(let payload):
            let result = (try await encode(payload)).map { [$0].message }
            let size = result?.encodedSize ?? 0
            guard size <= configuration.limits.command else {
                let failure = SizeLimit.failure(
                    "the result has \(size) bytes; the server takes \(configuration.limits.command). "
                        + "Pass large values by reference.")
                return try await send(.failed(failure, lastHeartbeat: nil), message, policy)
            }
            let request = Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedRequest.with {
                $0.namespace = client.namespace
                $0.identity = client.identity
                $0.resourceID = message.workflowExecution.workflowID
                $0.taskToken = message.taskToken
                $0.workerVersion.buildID = configuration.buildID
                if let result { $0.result = result }
            }
            _ = try await client.connection.call(policy) {
                try await $0.workflows.respondActivityTaskCompleted(request, metadata: $0.metadata, options: $0.options)
            }
        case .failed(let failure, let lastHeartbeat):
            let encoded = try await encode(failure)
            let details = try await encode(lastHeartbeat ?? [])
            let request = Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedRequest.with {
                $0.namespace = client.namespace
                $0.identity = client.identity
                $0.resourceID = message.workflowExecution.workflowID
                $0.taskToken = message.taskToken
                $0.workerVersion.buildID = configuration.buildID
                $0.failure = encoded.proto
                if !details.isEmpty { $0.lastHeartbeatDetails = details.message }
            }
            _ = try await client.connection.call(policy) {
                try await $0.workflows.respondActivityTaskFailed(request, metadata: $0.metadata, options: $0.options)
            }
        case .cancelled(let details):
            let encoded = try await encode(details)
            let request = Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledRequest.with {
                $0.namespace = client.namespace
                $0.identity = client.identity
                $0.resourceID = message.workflowExecution.workflowID
                $0.taskToken = message.taskToken
                $0.workerVersion.buildID = configuration.buildID
                if !encoded.isEmpty { $0.details = encoded.message }
            }
            _ = try await client.connection.call(policy) {
                try await $0.workflows.respondActivityTaskCanceled(request, metadata: $0.metadata, options: $0.options)
            }
        }
    }
}
