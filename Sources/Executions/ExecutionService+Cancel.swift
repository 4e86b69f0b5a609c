package import Foundation
import Storage
import Templates
import Temporal

extension ExecutionService {
    /// Asks an open execution to stop; its steps unwind, and the row closes as cancelled when they have.
    ///
    /// - Throws: `notRunning` for a closed one.
    package func cancel(_ id: UUID, of tenant: UUID, reason: String) async throws -> ExecutionDetails {
        var row = try await row(id, of: tenant)
        if row.status == .pending {
            // Its start is promised and may happen at any moment: make it happen, so that there is something to cancel.
            try await startPending(row)
            row = try await self.row(id, of: tenant)
        }
        guard row.status.isOpen else { throw Self.notRunning(row) }
        do {
            let workflowID = row.summary.temporalWorkflowID
            try await withPatience { try await temporal.cancel(workflowID: workflowID, reason: reason) }
        } catch let error as TemporalError {
            switch error.code {
            case .notFound: throw Self.notRunning(row)
            case _ where error.isRetryable:
                throw ExecutionError(
                    .temporalUnavailable, "Temporal unavailable",
                    "Temporal does not answer; the execution may not be cancelled. Try again."
                )
            default: throw error
            }
        }
        return try await get(id, of: tenant)
    }

    /// Repeats the start of an accepted row.
    func startPending(_ row: Execution) async throws {
        guard let tenant = try await tenants.get(row.tenantID),
            let template = try await templates.template(id: row.summary.definitionID, for: row.tenantID)
        else { return }
        await startInTemporal(row, template, tier: tenant.tier)
    }

    private static func notRunning(_ row: Execution) -> ExecutionError {
        ExecutionError(
            .notRunning, "Not running",
            "The execution is \(row.status.rawValue) and cannot be cancelled any more."
        )
    }
}
