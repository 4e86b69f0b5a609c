package import Foundation
package import JSON
import Logging
package import Storage
import Temporal
import Worker

extension ExecutionService {
    package func list(
        _ filter: ExecutionFilter, of tenant: UUID, after cursor: String?, limit: Int
    ) async throws -> ExecutionPage {
        try await store.list(tenant: tenant, filter: filter, limit: limit, cursor: cursor)
    }

    /// The execution with its steps; those of an open one are folded from its history when that has grown.
    package func get(_ id: UUID, of tenant: UUID) async throws -> ExecutionDetails {
        let row = try await row(id, of: tenant)
        guard row.status == .running, let run = row.summary.latestRunID else { return ExecutionDetails(row: row) }
        do {
            let progress: JSONValue = try await withPatience { try await self.progress(of: row, run: run) }
            return ExecutionDetails(row: row, progress: progress)
        } catch {
            // The row alone is still true; the steps are told as missing.
            logger.warning("Steps cannot be read", metadata: ["id": "\(id)", "error": "\(error)"])
            return ExecutionDetails(row: row)
        }
    }

    private func progress(of row: Execution, run: String) async throws -> JSONValue {
        let workflowID = row.summary.temporalWorkflowID
        let length = try await temporal.describe(workflowID: workflowID, runID: run).execution.historyLength
        if let known = progressCache.progress(of: row.id, run: run, historyLength: length) { return known }
        let folded = try await temporal.replay(DefinitionMachine.self, workflowID: workflowID, runID: run)
        let progress = folded.machine?.progress ?? [:]
        progressCache.keep(progress, of: row.id, run: run, historyLength: length)
        return progress
    }

    /// Returns when the execution has closed, or after `duration` as it stands then.
    package func wait(for id: UUID, of tenant: UUID, atMost duration: Duration) async throws -> ExecutionDetails {
        let end = ContinuousClock.now + duration
        var pause = Duration.milliseconds(20)
        while true {
            let row = try await row(id, of: tenant)
            if !row.status.isOpen { return ExecutionDetails(row: row) }
            if ContinuousClock.now + pause > end { return try await get(id, of: tenant) }
            try await Task.sleep(for: pause)
            pause = min(pause * 1.5, .milliseconds(500))
        }
    }

    func row(_ id: UUID, of tenant: UUID) async throws -> Execution {
        guard let row = try await store.get(id, tenant: tenant) else {
            throw ExecutionError.unknownExecution(id.uuidString.lowercased())
        }
        return row
    }
}

/// An execution as its tenant sees it.
package struct ExecutionDetails: Sendable {
    package let row: Execution
    /// Step documents in order; nil where they cannot be read now.
    package let steps: [JSONValue]
    package let aiActivitiesUsed: JSONValue
    package let fallbackUsed: Bool

    init(row: Execution) {
        self.row = row
        steps = row.steps.array ?? []
        aiActivitiesUsed = row.aiActivitiesUsed
        fallbackUsed = row.summary.fallbackUsed
    }

    /// - Parameter progress: as `DefinitionMachine.progress` gives it.
    init(row: Execution, progress: JSONValue) {
        self.row = row
        steps = progress["steps"]?.array ?? []
        aiActivitiesUsed = progress["ai_activities_used"] ?? []
        fallbackUsed = progress["fallback_used"]?.bool ?? false
    }

    /// `{enhancement, step, reason, detail}` for each enhancement point that did not give the enhanced result.
    package var fallbacks: [JSONValue] {
        steps.compactMap { step in
            guard let use = step["enhancement"], use["used"]?.bool == false else { return nil }
            return [
                "enhancement": use["id"] ?? .null, "step": step["name"] ?? .null, "reason": use["reason"] ?? .null,
                "detail": use["detail"] ?? .null,
            ]
        }
    }
}
