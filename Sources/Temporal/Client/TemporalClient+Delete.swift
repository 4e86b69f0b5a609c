internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// Deletes a run with its history; one that is open is terminated first. The server does it in its own time, so the run
    /// may be seen for some moments. `.notFound` when there is none, also by an earlier call.
    ///
    /// - Parameter runID: empty for the latest run; earlier ones of its chain stay.
    package func deleteWorkflow(workflowID: String, runID: String = "") async throws(TemporalError) {
        let message = Temporal_Api_Workflowservice_V1_DeleteWorkflowExecutionRequest.with {
            $0.namespace = namespace
            $0.workflowExecution = execution(workflowID, runID)
        }
        _ = try await connection.call {
            try await $0.workflows.deleteWorkflowExecution(message, metadata: $0.metadata, options: $0.options)
        }
    }
}
