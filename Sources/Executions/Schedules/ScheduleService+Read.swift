package import Foundation
import JSON
import Logging
package import Storage
import Temporal
import Worker

/// A schedule as its tenant sees it.
package struct ScheduleDetails: Sendable {
    package let row: StoredSchedule
    package let isPaused: Bool
    /// For people; why it is paused, where it is.
    package let note: String?
    /// What Temporal tells; nil while it does not have the schedule, or does not answer.
    package let live: Live?
    /// The newest first.
    package let runs: [Run]

    package struct Live: Sendable {
        package var nextTimes: [Date]
        /// Until it does nothing more; nil: without end.
        package var remainingRuns: Int?
        package var started: Int
        /// Not started because another run was open.
        package var skipped: Int
        /// Not started because Temporal was away for longer than the catch-up window.
        package var missed: Int
    }

    /// One start.
    package struct Run: Sendable {
        /// When it was due; nil where only the execution's row is known.
        package var scheduledAt: Date?
        package var startedAt: Date
        package var temporalWorkflowID: String
        /// As Temporal last told it, where there is no row.
        fileprivate var told: ExecutionStatus?
        /// nil while the row is not there yet: the run is about to be pinned, or could not be.
        package var execution: ScheduledExecution?

        package var status: ExecutionStatus? { execution?.status ?? told }
    }

    init(row: StoredSchedule, live: ScheduleDescription?, runs: [Run]) {
        self.row = row
        self.runs = runs
        isPaused = live?.schedule.isPaused ?? (row.pausedAt != nil)
        note = live?.schedule.note ?? row.spec["note"]?.string
        self.live = live.map { live in
            Live(
                nextTimes: live.schedule.isPaused ? [] : live.nextTimes.map(\.date),
                remainingRuns: live.schedule.remainingActions, started: live.actionCount,
                skipped: live.skippedByOverlap, missed: live.missedCatchUpWindow)
        }
    }
}

extension ScheduleService {
    package func list(of tenant: UUID, limit: Int, after cursor: String?) async throws -> SchedulePage {
        try await store.list(tenant: tenant, limit: limit, cursor: cursor)
    }

    /// With its next times and last runs.
    package func get(_ name: String, of tenant: UUID) async throws -> ScheduleDetails {
        let row = try await row(name, of: tenant)
        let live: ScheduleDescription?
        do {
            live = try await withPatience { try await temporal.describeSchedule(row.temporalID) }
        } catch {
            // The row alone is still true.
            if (error as? TemporalError)?.code != .notFound {
                logger.warning(
                    "A schedule's times cannot be read", metadata: ["schedule": "\(row.id)", "error": "\(error)"])
            }
            live = nil
        }
        if let live, row.status == .active, live.schedule.isPaused != (row.pausedAt != nil) {
            // Paused by a failure, or in Temporal itself.
            try await store.note(paused: live.schedule.isPaused ? Date() : nil, row.id)
        }
        return ScheduleDetails(row: row, live: live, runs: try await runs(of: row, live))
    }

    private static let shownRuns = 10

    private func runs(of row: StoredSchedule, _ live: ScheduleDescription?) async throws -> [ScheduleDetails.Run] {
        let executions = try await store.executions(of: row.id, tenant: row.tenantID, limit: Self.shownRuns)
        var runs: [String: ScheduleDetails.Run] = [:]
        for execution in executions {
            runs[execution.temporalWorkflowID] = .init(
                startedAt: execution.startedAt, temporalWorkflowID: execution.temporalWorkflowID, execution: execution)
        }
        for action in live?.recentActions ?? [] {
            let id = action.workflow.workflowID
            let known = runs[id]?.execution
            runs[id] = .init(
                scheduledAt: action.scheduled.date, startedAt: known?.startedAt ?? action.actual.date,
                temporalWorkflowID: id, told: ExecutionStatus(action.status), execution: known)
        }
        return Array(runs.values.sorted { $0.startedAt > $1.startedAt }.prefix(Self.shownRuns))
    }
}

extension ExecutionStatus {
    fileprivate init?(_ status: WorkflowStatus) {
        switch status {
        case .running, .continuedAsNew, .paused: self = .running
        case .completed: self = .completed
        case .failed: self = .failed
        case .canceled: self = .cancelled
        case .terminated: self = .terminated
        case .timedOut: self = .timedOut
        case .unknown: return nil
        }
    }
}
