import Foundation
import Logging
import Storage
import Templates
import Temporal

/// What cancel, terminate, pause and resume share.
extension ExecutionService {
    /// The open execution with its run, started now where that is still promised.
    ///
    /// - Parameter verb: what is to become of it, for the message: `cancelled`.
    func steerable(_ id: UUID, of tenant: UUID, _ verb: String) async throws -> Execution {
        var row = try await row(id, of: tenant)
        if row.status == .pending, row.summary.latestRunID == nil {
            // Its start is promised and may happen at any moment: make it happen, so that there is something to steer.
            try await startPending(row)
            row = try await self.row(id, of: tenant)
        }
        guard row.status.isOpen else { throw Self.notRunning(row, verb) }
        return row
    }

    /// Tells Temporal, for as long as a request may wait.
    func steer(_ row: Execution, _ verb: String, _ call: @escaping @Sendable () async throws -> Void) async throws {
        do {
            try await withPatience(call)
        } catch let error as TemporalError {
            switch error.code {
            case .notFound: throw Self.notRunning(row, verb)
            case _ where error.isRetryable:
                throw ExecutionError(
                    .temporalUnavailable, "Temporal unavailable",
                    "Temporal does not answer; the execution may not be \(verb). Try again."
                )
            default: throw error
            }
        }
    }

    /// The execution after Temporal was told: as it was known before where the database is away, for an error would deny what
    /// has happened.
    func steered(_ row: Execution) async -> ExecutionDetails {
        (try? await get(row.id, of: row.tenantID)) ?? ExecutionDetails(row: row)
    }

    /// Repeats the start of an accepted row.
    func startPending(_ row: Execution) async throws {
        guard let tenant = try await tenants.get(row.tenantID),
            let template = try await templates.template(id: row.summary.definitionID, for: row.tenantID)
        else { return }
        await startInTemporal(row, template, for: tenant)
    }

    private static func notRunning(_ row: Execution, _ verb: String) -> ExecutionError {
        let state = row.status.isOpen ? "not running any more" : row.status.rawValue
        return ExecutionError(.notRunning, "Not running", "The execution is \(state) and cannot be \(verb).")
    }
}
