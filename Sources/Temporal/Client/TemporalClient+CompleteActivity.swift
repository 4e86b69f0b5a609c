internal import SwiftProtobuf
internal import TemporalProtocol

/// Ends an activity from wherever its end is known: a worker, or another process after a handler threw `CompletesElsewhere`.
///
/// `.notFound` when nobody waits for it any more. A repeated report is harmless: the second finds the activity gone.
extension TemporalClient {
    package func completeActivity(_ activity: ActivityReference, result: Payload? = nil) async throws(TemporalError) {
        try await report(.completed(result), of: activity)
    }

    /// Its retry policy decides whether another attempt follows.
    package func failActivity(
        _ activity: ActivityReference, _ failure: Failure, lastHeartbeat: [Payload] = []
    ) async throws(TemporalError) {
        try await report(.failed(failure, lastHeartbeat: lastHeartbeat), of: activity)
    }

    /// Only for an activity whose cancellation was requested.
    package func cancelActivity(_ activity: ActivityReference, details: [Payload] = []) async throws(TemporalError) {
        try await report(.cancelled(details: details), of: activity)
    }

    private func report(_ outcome: ActivityOutcome, of activity: ActivityReference) async throws(TemporalError) {
        let report = try await ActivityOutcome.Encoded(outcome, codec)
        try report.check(limits)
        try await send(report, of: activity)
    }
}

extension TemporalClient {
    func send(
        _ outcome: ActivityOutcome.Encoded, of activity: ActivityReference, as sender: ActivityReporter = .init()
    ) async throws(TemporalError) {
        switch outcome {
        case .completed(let result): try await send(completed: result, activity, sender)
        case .failed(let failure, let details): try await send(failed: failure, details, activity, sender)
        case .cancelled(let details): try await send(cancelled: details, activity, sender)
        }
    }

    private func send(
        completed result: [Payload], _ activity: ActivityReference, _ sender: ActivityReporter
    ) async throws(TemporalError) {
        switch activity {
        case .token(let token):
            let request = Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedRequest.with {
                address(&$0, token, sender)
                if !sender.buildID.isEmpty { $0.workerVersion.buildID = sender.buildID }
                if !result.isEmpty { $0.result = result.message }
            }
            _ = try await connection.call(sender.policy) {
                try await $0.workflows.respondActivityTaskCompleted(request, metadata: $0.metadata, options: $0.options)
            }
        case .id(let workflowID, let runID, let activityID):
            let request = Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedByIdRequest.with {
                address(&$0, workflowID, runID, activityID)
                if !result.isEmpty { $0.result = result.message }
            }
            _ = try await connection.call(sender.policy) {
                try await $0.workflows.respondActivityTaskCompletedById(
                    request, metadata: $0.metadata, options: $0.options)
            }
        }
    }

    private func send(
        failed failure: Failure, _ details: [Payload], _ activity: ActivityReference, _ sender: ActivityReporter
    ) async throws(TemporalError) {
        switch activity {
        case .token(let token):
            let request = Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedRequest.with {
                address(&$0, token, sender)
                if !sender.buildID.isEmpty { $0.workerVersion.buildID = sender.buildID }
                $0.failure = failure.proto
                if !details.isEmpty { $0.lastHeartbeatDetails = details.message }
            }
            _ = try await connection.call(sender.policy) {
                try await $0.workflows.respondActivityTaskFailed(request, metadata: $0.metadata, options: $0.options)
            }
        case .id(let workflowID, let runID, let activityID):
            let request = Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedByIdRequest.with {
                address(&$0, workflowID, runID, activityID)
                $0.failure = failure.proto
                if !details.isEmpty { $0.lastHeartbeatDetails = details.message }
            }
            _ = try await connection.call(sender.policy) {
                try await $0.workflows.respondActivityTaskFailedById(
                    request, metadata: $0.metadata, options: $0.options)
            }
        }
    }

    private func send(
        cancelled details: [Payload], _ activity: ActivityReference, _ sender: ActivityReporter
    ) async throws(TemporalError) {
        switch activity {
        case .token(let token):
            let request = Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledRequest.with {
                address(&$0, token, sender)
                if !sender.buildID.isEmpty { $0.workerVersion.buildID = sender.buildID }
                if !details.isEmpty { $0.details = details.message }
            }
            _ = try await connection.call(sender.policy) {
                try await $0.workflows.respondActivityTaskCanceled(request, metadata: $0.metadata, options: $0.options)
            }
        case .id(let workflowID, let runID, let activityID):
            let request = Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledByIdRequest.with {
                address(&$0, workflowID, runID, activityID)
                if !details.isEmpty { $0.details = details.message }
            }
            _ = try await connection.call(sender.policy) {
                try await $0.workflows.respondActivityTaskCanceledById(
                    request, metadata: $0.metadata, options: $0.options)
            }
        }
    }
}
