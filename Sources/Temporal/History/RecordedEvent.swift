package import Foundation
internal import SwiftProtobuf
package import TemporalProtocol

/// An event of a history as the server holds it, every field of it; its payloads as they came, encrypted or by reference.
package struct RecordedEvent: Sendable {
    package let message: Temporal_Api_History_V1_HistoryEvent

    package var id: Int64 { message.eventID }

    /// What a machine or a reader needs of it, payloads decoded.
    package func event(decodedWith codec: any PayloadCodec) async throws -> HistoryEvent {
        var event = try HistoryEvent(message)
        try await event.decode(with: codec)
        return event
    }

    /// As `event`, for a history whose payloads cannot be read.
    package func undecodedEvent() throws(HistoryFault) -> HistoryEvent { try HistoryEvent(message) }

    /// As Temporal's own tools write it: numbers of 64 bits are texts, payloads are base64.
    package func json() throws(HistoryFault) -> Data {
        do { return try message.jsonUTF8Data() } catch {
            throw HistoryFault(eventID: id, message: "the event cannot be written as JSON: \(error)")
        }
    }
}

extension [RecordedEvent] {
    /// A serialized `temporal.api.history.v1.History`. Two of them, one after the other, are the history of both's events.
    package func serialized() throws(HistoryFault) -> Data {
        do {
            return try Temporal_Api_History_V1_History.with { $0.events = map(\.message) }.serializedData()
        } catch {
            throw HistoryFault(message: "the history cannot be written: \(error)")
        }
    }

    package init(serialized bytes: Data) throws(HistoryFault) {
        do {
            self = try Temporal_Api_History_V1_History(serializedBytes: bytes).events.map { RecordedEvent(message: $0) }
        } catch {
            throw HistoryFault(message: "these bytes are no history: \(error)")
        }
    }
}

extension TemporalClient {
    /// Events of a run, a page at a time; an empty token asks for the first page.
    ///
    /// - Parameter waits: with the token of the last page it waits for more, up to a minute, and may come back with none.
    ///   The token is then empty only after the run's last event. Without it, it is empty when all that is there was given.
    /// - Parameter size: at most so many events; 0: the server's choice.
    package func recordedPage(
        workflowID: String, runID: String, token: Data = Data(), waits: Bool = false, size: Int = 0
    ) async throws(TemporalError) -> (events: [RecordedEvent], nextPageToken: Data) {
        let message = Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryRequest.with {
            $0.namespace = namespace
            $0.execution = execution(workflowID, runID)
            $0.nextPageToken = token
            $0.maximumPageSize = Int32(clamping: size)
            $0.waitNewEvent = waits
            $0.skipArchival = waits
        }
        let response = try await connection.call(waits ? .poll : .standard) {
            try await $0.workflows.getWorkflowExecutionHistory(message, metadata: $0.metadata, options: $0.options)
        }
        return (response.history.events.map { RecordedEvent(message: $0) }, response.nextPageToken)
    }

    /// All events of a run so far.
    package func recordedHistory(workflowID: String, runID: String) -> PagedList<RecordedEvent> {
        PagedList { token throws(TemporalError) in
            let page = try await recordedPage(workflowID: workflowID, runID: runID, token: token)
            return (page.events, page.nextPageToken)
        }
    }
}
