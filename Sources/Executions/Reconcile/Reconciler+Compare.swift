import Foundation
import Logging
import Storage
import Temporal
import Worker

extension Reconciler {
    /// Brings a row to where Temporal says that its execution stands.
    func compare(_ row: ExecutionSummary) async throws {
        guard let run = try await latestRun(of: row) else { return try await missing(row) }
        // The workflow id may have been used again, by another client, for an execution with a row of its own.
        let isSameChain = row.temporalRunID == nil || run.firstRunID.isEmpty || run.firstRunID == row.temporalRunID
        guard isSameChain else {
            if row.status.isOpen {
                try await closer.close(workflowID: row.temporalWorkflowID, runID: row.latestRunID ?? "")
            }
            return
        }
        if row.missingAt != nil { try await executions.store.markMissing(row.id, since: nil) }
        let first = run.firstRunID.isEmpty ? run.runID : run.firstRunID
        if row.status == .pending, row.latestRunID == nil {
            try await executions.store.markStarted(row.id, runID: first)
        }
        if row.status.isOpen, let latest = row.latestRunID, latest != run.runID {
            try await executions.store.advance(row.id, first: first, latest: run.runID)
        } else if !row.status.isOpen, row.latestRunID != run.runID {
            if try await executions.store.reopen(row.id, runID: run.runID) {
                logger.info("An execution was reset, and goes on", metadata: ["next": "\(run.runID)"])
            }
        }
        switch run.status {
        case .running: try await comparePause(row, run)
        case .paused: if row.pausedAt == nil { try await executions.store.markPaused(row.id, since: Date()) }
        case .continuedAsNew, .unknown: break
        case .completed, .failed, .canceled, .terminated, .timedOut:
            if try await closer.close(workflowID: row.temporalWorkflowID, runID: run.runID) {
                logger.info("Closed an execution that had ended unnoticed")
            }
        }
    }

    /// nil where Temporal does not know of it.
    private func latestRun(of row: ExecutionSummary) async throws -> WorkflowExecution? {
        do {
            return try await executions.temporal.describe(workflowID: row.temporalWorkflowID).execution
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// On a pending row: it was never started. On a running one nothing is certain, so its status is unknown, until Temporal
    /// knows of it again or somebody terminates it.
    private func missing(_ row: ExecutionSummary) async throws {
        if row.latestRunID == nil {
            guard row.status == .pending, let whole = try await executions.store.get(row.id) else { return }
            return try await executions.startPending(whole)
        }
        guard row.status.isOpen, row.missingAt == nil else { return }
        try await executions.store.markMissing(row.id, since: Date())
        logger.warning("Temporal does not know of an execution that nobody saw end")
    }

    /// Whether the run holds back is told by its history alone; only rows that say so are looked into.
    private func comparePause(_ row: ExecutionSummary, _ run: WorkflowExecution) async throws {
        guard row.pausedAt != nil else { return }
        let journal = try await RunRecord(
            of: row.temporalWorkflowID, runID: run.runID, reading: executions.temporal
        ).journal
        guard journal.pausedAt == nil, journal.fault == nil, !journal.hasUnheardSignals else { return }
        try await executions.store.markPaused(row.id, since: nil)
    }

    /// Asks Temporal's lists what happened, and compares the rows that say otherwise.
    ///
    /// - Parameter since: nil in the first round: an hour, since nobody may have looked for so long.
    func compareListed(since: Date?, now: Date) async throws {
        let since = since ?? now.addingTimeInterval(-3600)
        let time = TemporalClient.visibilityLiteral(
            since.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        let queue = TemporalClient.visibilityLiteral(executions.taskQueue)
        try await compareListed("TaskQueue = \(queue) AND CloseTime >= \(time) AND ExecutionStatus != 'Running'") {
            row, run in
            // A worker that has just told the server is about to write the row.
            let isOld = run.closeTime.map { now.timeIntervalSince($0.date) > 1 } ?? true
            guard run.status != .continuedAsNew else {
                return row.status.isOpen && row.latestRunID == run.runID && isOld
            }
            return row.status.isOpen ? isOld : row.latestRunID != run.runID && isLater(run, row)
        }
        try await compareListed("TaskQueue = \(queue) AND StartTime >= \(time) AND ExecutionStatus = 'Running'") {
            row, run in
            row.latestRunID != run.runID && row.latestRunID != nil && isLater(run, row)
        }
    }

    /// Of a closed row: the run began after the row's had ended. Earlier runs of the chain are listed as well.
    private func isLater(_ run: WorkflowExecution, _ row: ExecutionSummary) -> Bool {
        guard let completed = row.completedAt else { return true }
        guard let closed = run.closeTime else { return true }
        return closed.date > completed.addingTimeInterval(0.001)
    }

    /// Bounded: what does not fit into this round's pages is left to the comparison by age.
    private func compareListed(
        _ query: String, _ differ: (ExecutionSummary, WorkflowExecution) -> Bool
    ) async throws {
        var token = Data()
        for _ in 0..<20 {
            let page = try await executions.temporal.listPage(query, pageSize: 200, token: token)
            let rows = try await executions.store.summaries(workflowIDs: Array(Set(page.executions.map(\.workflowID))))
            var different: [UUID: ExecutionSummary] = [:]
            for run in page.executions {
                if let row = rows[run.workflowID], differ(row, run) { different[row.id] = row }
            }
            try await each(Array(different.values)) { try await compare($0) }
            token = page.nextPageToken
            if token.isEmpty { return }
        }
    }
}
