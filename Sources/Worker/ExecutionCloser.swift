import Foundation
import JSON
package import Logging
import Observability
package import Storage
package import Temporal

/// Writes the end of a run into the execution's row: once, whoever finds it first.
package struct ExecutionCloser: Sendable {
    private let executions: ExecutionStore
    private let logger: Logger

    package init(executions: ExecutionStore, logger: Logger) {
        self.executions = executions
        self.logger = logger
    }

    /// After Temporal accepted the end. A failure here is repaired by the reconciler.
    package func close(_ closed: ClosedWorkflow<DefinitionMachine>) async {
        do {
            try await close(
                workflowID: closed.workflowID, runID: closed.runID, outcome: closed.outcome, machine: closed.machine
            )
        } catch {
            logger.warning(
                "The end of a run is not recorded; the reconciler will",
                metadata: ["workflow-id": "\(closed.workflowID)", "error": "\(error)"]
            )
        }
    }

    /// - Parameter machine: for the steps; nil where the history cannot be folded any more.
    package func close(
        workflowID: String, runID: String, outcome: WorkflowOutcome, machine: DefinitionMachine?
    ) async throws {
        guard let row = try await executions.summary(workflowID: workflowID) else { return }
        let id = row.id
        let first = row.temporalRunID ?? runID
        if case .continuedAsNew(let next) = outcome {
            try await executions.advance(id, first: first, latest: next)
            return
        }
        let progress = machine?.progress
        var end = ExecutionOutcome(
            status: .completed, steps: progress?["steps"] ?? [],
            aiActivitiesUsed: progress?["ai_activities_used"] ?? [],
            fallbackUsed: progress?["fallback_used"]?.bool ?? false
        )
        switch outcome {
        case .completed(let payloads): end.output = try payloads.first?.jsonValue()
        case .failed(let failure):
            end.status = .failed
            end.errorMessage = failure.description
        case .cancelled: end.status = .cancelled
        case .terminated(let reason, _):
            end.status = .terminated
            end.errorMessage = reason.isEmpty ? "terminated in Temporal" : "terminated: \(reason)"
        case .timedOut:
            end.status = .timedOut
            end.errorMessage = "the workflow timed out"
        case .continuedAsNew: return
        }
        let ended = end
        try await Correlation.with {
            $0.tenant = row.tenantID
            $0.execution = id
            $0.run = runID
        } _: {
            if try await executions.close(id, runID: runID, first: first, ended) {
                logger.info("Execution closed", metadata: ["status": "\(ended.status.rawValue)"])
            }
        }
    }
}
