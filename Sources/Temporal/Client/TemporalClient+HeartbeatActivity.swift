internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// Says that an activity's work goes on, and how far it is.
    ///
    /// - Returns: why it is to stop, when it is. `.notFound` when nobody waits for it any more.
    @discardableResult
    package func heartbeatActivity(
        _ activity: ActivityReference, details: [Payload] = []
    ) async throws(TemporalError) -> ActivityCancellation? {
        let encoded = try await codec.encoding(details)
        try limits.check(encoded, "The heartbeat's details")
        return try await send(heartbeat: encoded, of: activity)
    }

    /// - Parameter encoded: Details after the codec.
    func send(
        heartbeat encoded: [Payload], of activity: ActivityReference, as sender: ActivityReporter = .init()
    ) async throws(TemporalError) -> ActivityCancellation? {
        switch activity {
        case .token(let token):
            let request = Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatRequest.with {
                address(&$0, token, sender)
                if !encoded.isEmpty { $0.details = encoded.message }
            }
            let reply = try await connection.call(sender.policy) {
                try await $0.workflows.recordActivityTaskHeartbeat(request, metadata: $0.metadata, options: $0.options)
            }
            return ActivityCancellation(
                requested: reply.cancelRequested, reset: reply.activityReset, paused: reply.activityPaused)
        case .id(let workflowID, let runID, let activityID):
            let request = Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatByIdRequest.with {
                address(&$0, workflowID, runID, activityID)
                if !encoded.isEmpty { $0.details = encoded.message }
            }
            let reply = try await connection.call(sender.policy) {
                try await $0.workflows.recordActivityTaskHeartbeatById(
                    request, metadata: $0.metadata, options: $0.options)
            }
            return ActivityCancellation(
                requested: reply.cancelRequested, reset: reply.activityReset, paused: reply.activityPaused)
        }
    }
}

extension ActivityCancellation {
    fileprivate init?(requested: Bool, reset: Bool, paused: Bool) {
        if requested {
            self = .requested
        } else if reset {
            self = .reset
        } else if paused {
            self = .paused
        } else {
            return nil
        }
    }
}
