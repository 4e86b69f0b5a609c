internal import SwiftProtobuf
internal import TemporalProtocol

/// What is done to a schedule without replacing it. Each throws `.notFound` where there is none.
extension TemporalClient {
    package func pauseSchedule(_ id: String, note: String = "paused") async throws(TemporalError) {
        // An empty note would be no pause.
        try await patch(id, .with { $0.pause = note.isEmpty ? "paused" : note })
    }

    package func unpauseSchedule(_ id: String, note: String = "unpaused") async throws(TemporalError) {
        try await patch(id, .with { $0.unpause = note.isEmpty ? "unpaused" : note })
    }

    /// Starts the workflow now, also when the schedule is paused.
    ///
    /// - Parameter overlap: nil: the schedule's own.
    package func triggerSchedule(_ id: String, overlap: Schedule.Overlap? = nil) async throws(TemporalError) {
        try await patch(id, .with { $0.triggerImmediately.overlapPolicy = overlap?.message ?? .unspecified })
    }

    /// Does what the schedule would have done between two moments, both included.
    package func backfillSchedule(
        _ id: String, from start: Timestamp, to end: Timestamp, overlap: Schedule.Overlap? = nil
    ) async throws(TemporalError) {
        try await patch(
            id,
            .with {
                $0.backfillRequest = [
                    .with {
                        $0.startTime = start.message
                        $0.endTime = end.message
                        $0.overlapPolicy = overlap?.message ?? .unspecified
                    }
                ]
            })
    }

    private func patch(_ id: String, _ patch: Temporal_Api_Schedule_V1_SchedulePatch) async throws(TemporalError) {
        let message = Temporal_Api_Workflowservice_V1_PatchScheduleRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.requestID = newRequestID()
            $0.scheduleID = id
            $0.patch = patch
        }
        _ = try await connection.call {
            try await $0.workflows.patchSchedule(message, metadata: $0.metadata, options: $0.options)
        }
    }
}
