package import Foundation
import JSON
package import Logging
import Observability
package import Storage
package import Temporal
import WorkflowEngine

/// Writes the end of a run into the execution's row: once, whoever finds it first. The history tells how it ended and what
/// its steps did; it is archived in the same transaction, so no closed row is without.
package struct ExecutionCloser: Sendable {
    private let executions: ExecutionStore
    private let archive: HistoryArchive
    private let temporal: TemporalClient
    private let logger: Logger

    package init(executions: ExecutionStore, archive: HistoryArchive, temporal: TemporalClient, logger: Logger) {
        self.executions = executions
        self.archive = archive
        self.temporal = temporal
        self.logger = logger
    }

    /// After Temporal accepted the end. A failure here is repaired by the reconciler.
    package func close(_ closed: ClosedWorkflow<DefinitionMachine>) async {
        do {
            try await close(workflowID: closed.workflowID, runID: closed.runID)
        } catch {
            logger.warning(
                "The end of a run is not recorded; the reconciler will",
                metadata: ["workflow-id": "\(closed.workflowID)", "error": "\(error)"]
            )
        }
    }

    /// Does nothing for a run that goes on, and for a workflow that is no execution of ours.
    ///
    /// - Returns: whether this call closed the row.
    @discardableResult
    package func close(workflowID: String, runID: String) async throws -> Bool {
        guard let row = try await executions.summary(workflowID: workflowID, runID: runID) else { return false }
        return try await Correlation.with {
            $0.takeOn(row)
            $0.run = runID
        } _: {
            try await close(row, runID: runID)
        }
    }

    /// Of a run that Temporal has lost: no history tells how it ended, the caller does.
    package func close(lost row: ExecutionSummary, _ end: ExecutionOutcome) async throws {
        try await Correlation.with {
            $0.takeOn(row)
        } _: {
            if try await executions.close(row.id, runID: row.latestRunID ?? "", end) { tell(end, of: row) }
        }
    }

    private func close(_ row: ExecutionSummary, runID: String) async throws -> Bool {
        let record = try await RunRecord(of: row.temporalWorkflowID, runID: runID, reading: temporal)
        let journal = record.journal
        guard let outcome = journal.outcome else { return false }
        let digest = try await archive.put([UInt8](record.serialized), tenant: row.tenantID)
        let history = ArchivedHistory(
            runID: runID, digest: digest, size: record.serialized.count, events: record.eventCount)
        let first = row.temporalRunID ?? (journal.firstRunID.isEmpty ? runID : journal.firstRunID)
        if case .continuedAsNew(let next) = outcome {
            try await executions.advance(row.id, first: first, latest: next, archiving: history)
            return false
        }
        // The row has not heard of the step from the run before to this one.
        if let latest = row.latestRunID, latest != runID, latest == journal.continuedRunID {
            try await executions.advance(row.id, first: first, latest: runID)
        }
        var end = ExecutionOutcome(outcome, journal)
        end.history = history
        if let fault = journal.fault {
            logger.warning("The steps of a run cannot be told", metadata: ["fault": "\(fault)"])
        }
        let isFirst = try await executions.close(row.id, runID: runID, first: first, end)
        if isFirst { tell(end, of: row) }
        return isFirst
    }

    /// Once an execution: log and metrics.
    private func tell(_ end: ExecutionOutcome, of row: ExecutionSummary) {
        for step in end.finishedSteps {
            guard let reason = step.fallbackReason else { continue }
            ServiceMetrics.shared.aiFallback(reason: reason)
            logger.info("Step fell back", metadata: ["step": "\(step.name)", "reason": "\(reason)"])
        }
        let seconds = max(0, end.completedAt.timeIntervalSince(row.startedAt))
        let wait = end.firstTaskAt.map { max(0, $0.timeIntervalSince(row.startAt ?? row.startedAt)) }
        ServiceMetrics.shared.executionClosed(
            template: row.template, tenant: row.tenantID, status: end.status.rawValue, duration: .seconds(seconds),
            queueWait: wait.map { .seconds($0) })
        var metadata: Logger.Metadata = [
            "status": "\(end.status.rawValue)", "duration_ms": "\(Int64(seconds * 1000))",
            "steps": "\(end.finishedSteps.count)",
        ]
        if let reason = end.errorMessage { metadata["reason"] = "\(reason)" }
        if let type = end.errorType { metadata["type"] = "\(type)" }
        logger.info("Execution closed", metadata: metadata)
    }
}

extension ExecutionOutcome {
    package init(_ outcome: WorkflowOutcome, _ journal: RunJournal) {
        let progress = journal.progress
        self.init(
            status: .completed, steps: progress["steps"] ?? [], aiActivitiesUsed: progress["ai_activities_used"] ?? [],
            fallbackUsed: progress["fallback_used"]?.bool ?? false, completedAt: journal.closedAt.map(\.date) ?? Date())
        switch outcome {
        case .completed(let payloads):
            do { output = try payloads.first?.jsonValue() } catch {
                errorMessage = "the output cannot be read: \(error)"
            }
        case .failed(let failure):
            status = .failed
            errorMessage = failure.description
            errorType = WorkflowError(failure).typeName
        case .cancelled: status = .cancelled
        case .terminated(let reason, _):
            status = .terminated
            errorMessage = reason.isEmpty ? "terminated in Temporal" : "terminated: \(reason)"
        case .timedOut, .continuedAsNew:
            status = .timedOut
            errorMessage = "the workflow timed out"
            errorType = "timeout"
        }
        firstTaskAt = journal.firstTaskAt?.date
        let steps = journal.steps
        finishedSteps = steps.compactMap(FinishedStep.init)
        enhancements = steps.compactMap(FinishedEnhancement.init)
    }
}

extension FinishedStep {
    /// nil for a step that goes on in the next run.
    fileprivate init?(_ record: RunJournal.StepRecord) {
        guard let ended = record.endedAtMilliseconds else { return nil }
        let step = record.step
        self.init(
            number: step.number, name: step.name, kind: step.kind, activity: record.activityType ?? step.function,
            status: record.status, attempts: record.attempts ?? 1,
            fallbackReason: step.enhancement.flatMap { $0.used ? nil : $0.reason }, errorType: step.error?.typeName,
            startedAt: Date(milliseconds: record.startedAtMilliseconds), completedAt: Date(milliseconds: ended),
            queueMilliseconds: record.queueMilliseconds)
    }
}

extension FinishedEnhancement {
    /// nil for a step that is no enhancement point, or did not come to use it.
    fileprivate init?(_ record: RunJournal.StepRecord) {
        guard let use = record.step.enhancement, let ended = record.endedAtMilliseconds else { return nil }
        self.init(
            number: record.step.number, point: use.id, used: use.used, reason: use.reason,
            milliseconds: ended - record.startedAtMilliseconds, completedAt: Date(milliseconds: ended))
    }
}

extension Date {
    fileprivate init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }
}

extension Timestamp {
    /// To the microsecond, as the database keeps times.
    package var date: Date {
        Date(timeIntervalSince1970: Double(seconds) + Double(nanoseconds / 1000) / 1_000_000)
    }
}
