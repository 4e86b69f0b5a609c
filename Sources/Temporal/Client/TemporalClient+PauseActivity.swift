internal import SwiftProtobuf
internal import TemporalProtocol

/// What operators do to activities that are not over yet. A running attempt hears of it with its next heartbeat.
extension TemporalClient {
    /// No further attempt begins until `unpauseActivity`.
    package func pauseActivity(
        workflowID: String, runID: String = "", activityID: String, reason: String = ""
    ) async throws(TemporalError) {
        let request = Temporal_Api_Workflowservice_V1_PauseActivityRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.execution = execution(workflowID, runID)
            $0.id = activityID
            $0.reason = reason
            $0.requestID = newRequestID()
        }
        _ = try await connection.call {
            try await $0.workflows.pauseActivity(request, metadata: $0.metadata, options: $0.options)
        }
    }

    /// - Parameters:
    ///   - resetAttempts: Count attempts from one again.
    ///   - resetHeartbeat: The next attempt finds no heartbeat's details.
    package func unpauseActivity(
        workflowID: String, runID: String = "", activityID: String, resetAttempts: Bool = false,
        resetHeartbeat: Bool = false
    ) async throws(TemporalError) {
        let request = Temporal_Api_Workflowservice_V1_UnpauseActivityRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.execution = execution(workflowID, runID)
            $0.id = activityID
            $0.resetAttempts = resetAttempts
            $0.resetHeartbeat = resetHeartbeat
        }
        _ = try await connection.call {
            try await $0.workflows.unpauseActivity(request, metadata: $0.metadata, options: $0.options)
        }
    }

    /// Begins anew with the first attempt: at once when one waits for its retry, after the end of one that runs.
    ///
    /// - Parameters:
    ///   - resetHeartbeat: The next attempt finds no heartbeat's details.
    ///   - keepPaused: A paused activity stays so.
    package func resetActivity(
        workflowID: String, runID: String = "", activityID: String, resetHeartbeat: Bool = false,
        keepPaused: Bool = false
    ) async throws(TemporalError) {
        let request = Temporal_Api_Workflowservice_V1_ResetActivityRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.execution = execution(workflowID, runID)
            $0.id = activityID
            $0.resetHeartbeat = resetHeartbeat
            $0.keepPaused = keepPaused
        }
        _ = try await connection.call {
            try await $0.workflows.resetActivity(request, metadata: $0.metadata, options: $0.options)
        }
    }
}
