internal import SwiftProtobuf
internal import TemporalProtocol

/// Where a run's past ends when it is done over.
package enum ResetPoint: Sendable, Hashable {
    case firstWorkflowTask
    case lastWorkflowTask
    /// The last workflow task before this event, which is undone with all after it.
    case before(eventID: Int64)

    /// The event that ended the workflow task which is to be done over; nil where the history has none.
    package func eventID(in history: [HistoryEvent]) -> Int64? {
        let ends = history.lazy.compactMap { event -> Int64? in
            if case .workflowTaskCompleted = event.kind { event.id } else { nil }
        }
        return switch self {
        case .firstWorkflowTask: ends.first
        case .lastWorkflowTask: ends.reduce(nil) { $1 }
        case .before(let event): ends.reduce(nil) { $1 <= event ? $1 : $0 }
        }
    }
}

/// What happened after the reset point and is left out of the new run.
package enum ResetExclusion: Sendable, CaseIterable { case signals, updates, cancelRequests }

extension TemporalClient {
    /// Ends the run and starts a new one from its past; returns the new run's id. Also a closed run can be reset.
    ///
    /// - Parameters:
    ///   - excluding: by default signals, updates and requests to cancel that came later happen in the new run too.
    ///   - requestID: recorded in the new run. A repeat resets once more, from the same past: the last run goes on.
    package func reset(
        workflowID: String, runID: String = "", to point: ResetPoint, reason: String,
        excluding: Set<ResetExclusion> = [], requestID: String? = nil
    ) async throws(TemporalError) -> String {
        // Of one run throughout, even if the latest changes meanwhile.
        let run = runID.isEmpty ? try await describe(workflowID: workflowID).execution.runID : runID
        guard let event = point.eventID(in: try await events(workflowID: workflowID, runID: run)) else {
            throw TemporalError(
                .failedPrecondition, "Run \(run) of \(workflowID) has no completed workflow task there to begin from.")
        }
        return try await reset(
            workflowID: workflowID, runID: run, toEvent: event, reason: reason, excluding: excluding,
            requestID: requestID)
    }

    /// - Parameter toEvent: an event that ended (or began) a workflow task: it and all that follows is undone.
    package func reset(
        workflowID: String, runID: String, toEvent event: Int64, reason: String, excluding: Set<ResetExclusion> = [],
        requestID: String? = nil
    ) async throws(TemporalError) -> String {
        let message = Temporal_Api_Workflowservice_V1_ResetWorkflowExecutionRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.requestID = requestID ?? newRequestID()
            $0.workflowExecution = execution(workflowID, runID)
            $0.workflowTaskFinishEventID = event
            $0.reason = reason
            $0.resetReapplyType = .allEligible
            $0.resetReapplyExcludeTypes = ResetExclusion.allCases.filter(excluding.contains).map(\.message)
        }
        return try await connection.call {
            try await $0.workflows.resetWorkflowExecution(message, metadata: $0.metadata, options: $0.options)
        }.runID
    }
}

extension ResetExclusion {
    fileprivate var message: Temporal_Api_Enums_V1_ResetReapplyExcludeType {
        switch self {
        case .signals: .signal
        case .updates: .update
        case .cancelRequests: .cancelRequest
        }
    }
}
