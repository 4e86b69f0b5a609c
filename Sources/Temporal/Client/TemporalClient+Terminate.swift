internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// Ends a workflow at once, without its knowledge. `.notFound` when it is closed, also by an earlier attempt of
    /// this call whose answer was lost.
    package func terminate(
        workflowID: String, runID: String = "", reason: String = "", details: [Payload] = []
    ) async throws(TemporalError) {
        let payloads = try await codec.encoding(details)
        try limits.check(payloads, "The details of a termination")
        let message = Temporal_Api_Workflowservice_V1_TerminateWorkflowExecutionRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.workflowExecution = execution(workflowID, runID)
            $0.reason = reason
            if !payloads.isEmpty { $0.details = payloads.message }
        }
        _ = try await connection.call {
            try await $0.workflows.terminateWorkflowExecution(message, metadata: $0.metadata, options: $0.options)
        }
    }
}
