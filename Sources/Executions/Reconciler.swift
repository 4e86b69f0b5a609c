import Foundation
package import Logging
import Observability
import ServiceLifecycle
import Storage
import Temporal
package import Worker

/// Repairs what a crash or a cut left between the database and Temporal: starts promised rows, closes ended ones.
///
/// Several processes may do it at once: every step is idempotent.
package struct Reconciler: Service {
    private let executions: ExecutionService
    private let closer: ExecutionCloser
    private let interval: Duration
    private let logger: Logger

    /// - Parameter interval: between two rounds; rows younger than that are left to those who work on them.
    package init(
        executions: ExecutionService, closer: ExecutionCloser, interval: Duration = .seconds(5), logger: Logger
    ) {
        self.executions = executions
        self.closer = closer
        self.interval = interval
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await round()
                } catch {
                    if !(error is CancellationError) {
                        logger.warning("Reconciling failed; it is tried again", metadata: ["error": "\(error)"])
                    }
                }
                try? await Task.sleep(for: interval)
            }
        }
    }

    package func round() async throws {
        let seconds = Double(interval.components.seconds)
        let before = Date(timeIntervalSinceNow: -seconds)
        var last: ExecutionSummary?
        while true {
            let rows = try await executions.store.openForReconcile(before: before, after: last)
            for row in rows {
                try Task.checkCancellation()
                try await Correlation.with {
                    $0.tenant = row.tenantID
                    $0.execution = row.id
                    $0.run = row.latestRunID
                } _: {
                    try await repair(row)
                }
            }
            guard let end = rows.last else { return }
            last = end
        }
    }

    private func repair(_ row: ExecutionSummary) async throws {
        do {
            let run = try await executions.temporal.describe(workflowID: row.temporalWorkflowID).execution
            if row.status == .pending { try await executions.store.markStarted(row.id, runID: run.firstRunID) }
            if row.latestRunID != run.runID {
                try await executions.store.advance(row.id, first: run.firstRunID, latest: run.runID)
            }
            guard run.status != .running, run.status != .paused, run.status != .continuedAsNew else { return }
            try await close(row, runID: run.runID)
        } catch let error as TemporalError where error.code == .notFound {
            // On a pending row: it was never started. On a running one nothing is certain, so nothing is changed.
            guard row.status == .pending else { return }
            guard let whole = try await executions.store.get(row.id) else { return }
            logger.info("Starting a promised execution")
            try await executions.startPending(whole)
        }
    }

    private func close(_ row: ExecutionSummary, runID: String) async throws {
        let outcome = try await executions.temporal.result(
            workflowID: row.temporalWorkflowID, runID: runID, followRuns: false
        )
        let folded = try? await executions.temporal.replay(
            DefinitionMachine.self, workflowID: row.temporalWorkflowID, runID: runID
        )
        try await closer.close(
            workflowID: row.temporalWorkflowID, runID: runID, outcome: outcome, machine: folded?.machine
        )
        logger.info("Closed an execution that had ended unnoticed")
    }
}
