internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// Delivers a signal to a running workflow; without a run id, to the latest run. `.notFound` when it is closed.
    ///
    /// Signals with the same request id are one signal.
    package func signal(
        workflowID: String, runID: String = "", name: String, input: [Payload] = [], requestID: String? = nil
    ) async throws(TemporalError) {
        let payloads = try await PayloadOwner.with(workflowID) { () async throws(TemporalError) -> [Payload] in
            try await codec.encoding(input)
        }
        try limits.check(payloads, "The input of signal \(name)")
        let message = Temporal_Api_Workflowservice_V1_SignalWorkflowExecutionRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.requestID = requestID ?? newRequestID()
            $0.workflowExecution = execution(workflowID, runID)
            $0.signalName = name
            if !payloads.isEmpty { $0.input = payloads.message }
        }
        _ = try await connection.call {
            try await $0.workflows.signalWorkflowExecution(message, metadata: $0.metadata, options: $0.options)
        }
    }

    func execution(_ workflowID: String, _ runID: String) -> Temporal_Api_Common_V1_WorkflowExecution {
        .with {
            $0.workflowID = workflowID
            $0.runID = runID
        }
    }
}
