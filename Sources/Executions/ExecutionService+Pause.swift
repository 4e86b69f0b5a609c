package import Foundation
import Storage
import Temporal
import Worker

/// A pause is a signal to the run itself: it begins nothing new and hears of nothing until it is resumed. Activities that
/// run finish; timers that fire, the execution's own time limits too, are heard of afterwards; a cancel passes.
extension ExecutionService {
    /// - Throws: `notRunning` for a closed one, `cannotBePaused` for one that waits for its time or that an earlier version
    ///   started.
    package func pause(_ id: UUID, of tenant: UUID) async throws -> ExecutionDetails {
        let row = try await steerable(id, of: tenant, "paused")
        guard row.status != .pending else {
            throw ExecutionError(
                .cannotBePaused, "Cannot be paused",
                "The execution has not begun. Cancel it, or pause it once it has.")
        }
        try await steer(row, "paused") {
            let first = try await temporal.recordedPage(
                workflowID: row.summary.temporalWorkflowID, runID: row.summary.latestRunID ?? "", size: 1)
            var journal = RunJournal(workflowID: row.summary.temporalWorkflowID, runID: "")
            if let event = first.events.first { try await journal.append(event, decodedWith: temporal.codec) }
            guard journal.engineVersion.map({ $0 >= DefinitionMachine.pauseVersion }) ?? true else {
                throw ExecutionError(
                    .cannotBePaused, "Cannot be paused",
                    "The execution was started by an earlier version of the service, which could not pause.")
            }
            try await temporal.signal(
                workflowID: row.summary.temporalWorkflowID, name: DefinitionMachine.pauseSignal)
        }
        let since = row.summary.pausedAt ?? Date()
        // Without it nothing would tell that it is paused: whoever repeats a pause that failed here changes nothing else.
        try await store.markPaused(id, since: since)
        return await shown(row, pausedSince: since)
    }

    /// Does nothing to one that is not paused.
    package func resume(_ id: UUID, of tenant: UUID) async throws -> ExecutionDetails {
        let row = try await steerable(id, of: tenant, "resumed")
        guard row.status != .pending else { return try await get(id, of: tenant) }
        try await steer(row, "resumed") {
            try await temporal.signal(
                workflowID: row.summary.temporalWorkflowID, name: DefinitionMachine.resumeSignal)
        }
        // A database that is away learns of it from the reconciler.
        try? await store.markPaused(id, since: nil)
        return await shown(row, pausedSince: nil)
    }

    /// The run may not have taken the signal yet; its history would contradict the answer for a moment.
    private func shown(_ row: Execution, pausedSince date: Date?) async -> ExecutionDetails {
        let now = try? await self.row(row.id, of: row.tenantID)
        return ExecutionDetails(row: (now ?? row).paused(since: date))
    }
}
