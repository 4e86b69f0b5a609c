internal import TemporalProtocol

extension TemporalClient {
    /// Signals the running workflow of this id, or starts one whose first event after the start is the signal.
    ///
    /// The conflict policy `fail` has no meaning here: a running workflow takes the signal.
    package func signalWithStart(
        _ request: StartWorkflowRequest, signal: String, input: [Payload] = []
    ) async throws(TemporalError) -> StartedWorkflow {
        let payloads = try await codec.encoding(input)
        try limits.check(payloads, "The input of signal \(signal)")
        var message = try await message(
            Temporal_Api_Workflowservice_V1_SignalWithStartWorkflowExecutionRequest.self, for: request)
        message.workflowIDConflictPolicy =
            request.conflictPolicy == .terminateExisting ? .terminateExisting : .useExisting
        message.signalName = signal
        if !payloads.isEmpty { message.signalInput = payloads.message }
        let start = message
        try limits.check(request: start, signal: payloads)
        let response = try await connection.call {
            try await $0.workflows.signalWithStartWorkflowExecution(start, metadata: $0.metadata, options: $0.options)
        }
        return StartedWorkflow(workflowID: request.workflowID, runID: response.runID, isNew: response.started)
    }
}
