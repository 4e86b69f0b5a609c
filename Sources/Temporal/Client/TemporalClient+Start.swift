internal import TemporalProtocol

extension TemporalClient {
    /// Starts a workflow. `.alreadyStarted(runID:)` when the policies forbid it.
    package func startWorkflow(
        _ request: StartWorkflowRequest, _ policy: CallPolicy = .standard
    ) async throws(TemporalError) -> StartedWorkflow {
        typealias Message = Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest
        var message = try await PayloadOwner.with(request.workflowID) { () async throws(TemporalError) -> Message in
            try await self.message(Message.self, for: request)
        }
        message.workflowIDConflictPolicy = request.conflictPolicy.message
        let start = message
        try limits.check(request: start)
        let response = try await connection.call(policy) {
            try await $0.workflows.startWorkflowExecution(start, metadata: $0.metadata, options: $0.options)
        }
        return StartedWorkflow(workflowID: request.workflowID, runID: response.runID, isNew: response.started)
    }
}
