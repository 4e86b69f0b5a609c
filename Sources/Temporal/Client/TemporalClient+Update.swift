internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// Sends an update to a running workflow and waits until it is accepted or rejected, or until it has its answer.
    ///
    /// Updates with the same id are one update, so the call can be repeated. `.notFound` when the workflow is closed,
    /// `.deadlineExceeded` when no worker answers within `timeout`; what was sent may still happen then.
    package func update(
        workflowID: String, runID: String = "", name: String, arguments: [Payload] = [], updateID: String? = nil,
        headers: [String: Payload] = [:], waitFor stage: WorkflowUpdate.Stage = .completed,
        timeout: Duration = .seconds(60)
    ) async throws(TemporalError) -> WorkflowUpdate {
        let id = updateID ?? newRequestID()
        let payloads = try await codec.encoding(arguments)
        try limits.check(payloads, "The input of update \(name)")
        let message = Temporal_Api_Workflowservice_V1_UpdateWorkflowExecutionRequest.with {
            $0.namespace = namespace
            $0.workflowExecution = execution(workflowID, runID)
            $0.waitPolicy.lifecycleStage = stage == .accepted ? .accepted : .completed
            $0.request.meta.updateID = id
            $0.request.meta.identity = identity
            $0.request.input.name = name
            if !headers.isEmpty { $0.request.input.header.fields = headers.messages }
            if !payloads.isEmpty { $0.request.input.args = payloads.message }
        }
        let end = ContinuousClock.now + timeout
        let accepted = try await poll(until: end, "update \(name)") { policy throws(TemporalError) in
            let response = try await connection.call(policy) {
                try await $0.workflows.updateWorkflowExecution(message, metadata: $0.metadata, options: $0.options)
            }
            guard response.hasOutcome || response.stage == .accepted || response.stage == .completed else { return nil }
            return WorkflowUpdate(
                workflowID: workflowID, runID: response.updateRef.workflowExecution.runID, updateID: id,
                outcome: response.hasOutcome ? try await outcome(response.outcome) : nil)
        }
        guard stage == .completed, accepted.outcome == nil else { return accepted }
        return try await updateResult(
            workflowID: workflowID, runID: accepted.runID, updateID: id, timeout: ContinuousClock.now.duration(to: end))
    }

    /// Waits for the answer of an update that was sent before. `.notFound` when the run knows no such update.
    package func updateResult(
        workflowID: String, runID: String = "", updateID: String, timeout: Duration = .seconds(60)
    ) async throws(TemporalError) -> WorkflowUpdate {
        let message = Temporal_Api_Workflowservice_V1_PollWorkflowExecutionUpdateRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.updateRef.workflowExecution = execution(workflowID, runID)
            $0.updateRef.updateID = updateID
            $0.waitPolicy.lifecycleStage = .completed
        }
        return try await poll(until: .now + timeout, "update \(updateID)") { policy throws(TemporalError) in
            let response = try await connection.call(policy) {
                try await $0.workflows.pollWorkflowExecutionUpdate(message, metadata: $0.metadata, options: $0.options)
            }
            guard response.hasOutcome else { return nil }
            return WorkflowUpdate(
                workflowID: workflowID, runID: response.updateRef.workflowExecution.runID, updateID: updateID,
                outcome: try await outcome(response.outcome))
        }
    }

    /// Asks again while there is no news: the server ends a long poll after some 20 s.
    private func poll(
        until end: ContinuousClock.Instant, _ what: String,
        _ ask: (CallPolicy) async throws(TemporalError) -> WorkflowUpdate?
    ) async throws(TemporalError) -> WorkflowUpdate {
        var backoff = Backoff()
        while true {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else {
                throw TemporalError(.deadlineExceeded, "No worker has answered \(what) in time.")
            }
            do {
                if let answer = try await ask(CallPolicy(attempt: min(left, .seconds(70)), total: .zero)) {
                    return answer
                }
                backoff.reset()
            } catch {
                guard error.isRetryable else { throw error }
            }
            try await pause(for: min(backoff.next(), max(.zero, ContinuousClock.now.duration(to: end))))
        }
    }

    private func outcome(
        _ message: Temporal_Api_Update_V1_Outcome
    ) async throws(TemporalError) -> WorkflowUpdate.Outcome {
        switch message.value {
        case .success(let payloads): .completed(try await codec.decoding([Payload](payloads)))
        case .failure(let failure): .failed(try await codec.decoding(Failure(failure)))
        case nil:
            throw TemporalError(.unimplemented, "The update has an outcome of a kind that this client does not know.")
        }
    }
}
