package import Foundation
import Storage
import Temporal

extension ExecutionService {
    /// Asks an open execution to stop; its steps unwind, and the row closes as cancelled when they have. One that waits for
    /// its time never begins.
    ///
    /// - Throws: `notRunning` for a closed one.
    package func cancel(_ id: UUID, of tenant: UUID, reason: String) async throws -> ExecutionDetails {
        let row = try await steerable(id, of: tenant, "cancelled")
        try await steer(row, "cancelled") {
            try await temporal.cancel(workflowID: row.summary.temporalWorkflowID, reason: reason)
        }
        return await steered(row)
    }
}
