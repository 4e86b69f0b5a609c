internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// Asks a workflow to end; it may take its time or refuse. A closed one is left as it is, without an error;
    /// `.notFound` when it is unknown.
    package func cancel(
        workflowID: String, runID: String = "", reason: String = "", requestID: String? = nil
    ) async throws(TemporalError) {
        let message = Temporal_Api_Workflowservice_V1_RequestCancelWorkflowExecutionRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.requestID = requestID ?? newRequestID()
            $0.workflowExecution = execution(workflowID, runID)
            $0.reason = reason
        }
        _ = try await connection.call {
            try await $0.workflows.requestCancelWorkflowExecution(message, metadata: $0.metadata, options: $0.options)
        }
    }
}
