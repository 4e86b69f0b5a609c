internal import Foundation
internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// How long a result is waited for while the server does not answer at all.
    private static let patience = Duration.seconds(300)

    /// Waits until a run closes, for as long as it takes; a caller that cannot wait cancels its task.
    ///
    /// - Parameters:
    ///   - runID: the run; empty: the latest.
    ///   - followRuns: go on to the next run of the chain (continue-as-new, retry) instead of telling of it.
    package func result(
        workflowID: String, runID: String = "", followRuns: Bool = true
    ) async throws(TemporalError) -> WorkflowOutcome {
        var run = runID
        while true {
            let event = try await closeEvent(workflowID: workflowID, runID: run)
            if followRuns, let next = event.nextRunID {
                run = next
            } else {
                return try await outcome(event)
            }
        }
    }

    private func closeEvent(
        workflowID: String, runID: String
    ) async throws(TemporalError) -> Temporal_Api_History_V1_HistoryEvent {
        var message = Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryRequest.with {
            $0.namespace = namespace
            $0.execution = execution(workflowID, runID)
            $0.waitNewEvent = true
            $0.historyEventFilterType = .closeEvent
            $0.skipArchival = true
        }
        var backoff = Backoff()
        var lastAnswer = ContinuousClock.now
        while true {
            do {
                let request = message
                let response = try await connection.call(.poll) {
                    try await $0.workflows.getWorkflowExecutionHistory(
                        request, metadata: $0.metadata, options: $0.options)
                }
                if let event = response.history.events.last { return event }
                // A poll that ended without news gives a token; it names the run, so that "the latest" stays the same.
                message.nextPageToken = response.nextPageToken
                lastAnswer = .now
                backoff.reset()
            } catch {
                guard error.isRetryable, ContinuousClock.now < lastAnswer + Self.patience else { throw error }
            }
            try await pause(for: backoff.next())
        }
    }

    private func outcome(_ event: Temporal_Api_History_V1_HistoryEvent) async throws(TemporalError) -> WorkflowOutcome {
        switch event.attributes {
        case .workflowExecutionCompletedEventAttributes(let end):
            return .completed(try await codec.decoding([Payload](end.result)))
        case .workflowExecutionFailedEventAttributes(let end):
            return .failed(try await codec.decoding(Failure(end.failure)))
        case .workflowExecutionCanceledEventAttributes(let end):
            return .cancelled(try await codec.decoding([Payload](end.details)))
        case .workflowExecutionTerminatedEventAttributes(let end):
            return .terminated(reason: end.reason, details: try await codec.decoding([Payload](end.details)))
        case .workflowExecutionTimedOutEventAttributes:
            return .timedOut
        case .workflowExecutionContinuedAsNewEventAttributes(let end):
            return .continuedAsNew(newRunID: end.newExecutionRunID)
        default:
            throw TemporalError(.server, "Event \(event.eventID) is no end of a workflow: \(event.eventType).")
        }
    }
}

extension Temporal_Api_History_V1_HistoryEvent {
    /// The run that took this one's place.
    fileprivate var nextRunID: String? {
        let id =
            switch attributes {
            case .workflowExecutionContinuedAsNewEventAttributes(let end): end.newExecutionRunID
            case .workflowExecutionCompletedEventAttributes(let end): end.newExecutionRunID
            case .workflowExecutionFailedEventAttributes(let end): end.newExecutionRunID
            case .workflowExecutionTimedOutEventAttributes(let end): end.newExecutionRunID
            default: ""
            }
        return id.isEmpty ? nil : id
    }
}
