internal import Foundation
internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// A page of recorded events as they came; the token is empty after the last.
    typealias HistoryPage = (events: [Temporal_Api_History_V1_HistoryEvent], nextPageToken: Data)

    func historyPage(
        workflowID: String, runID: String, token: Data = Data(), pageSize: Int = 0
    ) async throws(TemporalError) -> HistoryPage {
        let message = Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryRequest.with {
            $0.namespace = namespace
            $0.execution = execution(workflowID, runID)
            $0.nextPageToken = token
            $0.maximumPageSize = Int32(clamping: pageSize)
        }
        let response = try await connection.call {
            try await $0.workflows.getWorkflowExecutionHistory(message, metadata: $0.metadata, options: $0.options)
        }
        return (response.history.events, response.nextPageToken)
    }

    /// All events of a run, in order.
    func recordedEvents(
        workflowID: String, runID: String = ""
    ) async throws(TemporalError) -> [Temporal_Api_History_V1_HistoryEvent] {
        var events: [Temporal_Api_History_V1_HistoryEvent] = []
        var token = Data()
        repeat {
            let page = try await historyPage(workflowID: workflowID, runID: runID, token: token)
            events += page.events
            token = page.nextPageToken
        } while !token.isEmpty
        return events
    }
}
