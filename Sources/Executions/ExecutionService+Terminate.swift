package import Foundation
import Storage
import Temporal
import Worker

extension ExecutionService {
    /// Ends an open execution at once; nothing unwinds. Also the way to close one that Temporal no longer knows.
    ///
    /// - Throws: `notRunning` for a closed one.
    package func terminate(_ id: UUID, of tenant: UUID, reason: String) async throws -> ExecutionDetails {
        let row = try await steerable(id, of: tenant, "terminated")
        let (workflowID, run) = (row.summary.temporalWorkflowID, row.summary.latestRunID ?? "")
        do {
            try await steer(row, "terminated") { try await temporal.terminate(workflowID: workflowID, reason: reason) }
            // The reconciler would find it too, some seconds later.
            try? await withPatience { _ = try await closer.close(workflowID: workflowID, runID: run) }
        } catch let error as ExecutionError where error.code == .notRunning && row.status == .unknown {
            var end = ExecutionOutcome(status: .terminated, errorMessage: "terminated: Temporal did not know of it")
            end.errorType = "unknown"
            try await closer.close(lost: row.summary, end)
        }
        return await steered(row)
    }
}
