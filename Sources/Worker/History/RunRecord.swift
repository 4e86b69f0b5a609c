package import Foundation
import Storage
package import Temporal

/// The whole history of a run: as Temporal has it, to be kept, and as it reads.
package struct RunRecord: Sendable {
    package private(set) var journal: RunJournal
    /// A serialized `temporal.api.history.v1.History`, payloads encoded.
    package private(set) var serialized = Data()
    package private(set) var eventCount = 0

    /// - Throws: `TemporalError`; also where payloads cannot be had now. What can never be read is told as a fault of the
    ///   journal.
    package init(of workflowID: String, runID: String, reading temporal: TemporalClient) async throws {
        journal = RunJournal(workflowID: workflowID, runID: runID)
        var token = Data()
        repeat {
            let page = try await temporal.recordedPage(workflowID: workflowID, runID: runID, token: token)
            serialized += try page.events.serialized()
            eventCount += page.events.count
            for event in page.events { try await journal.append(event, decodedWith: temporal.codec) }
            token = page.nextPageToken
        } while !token.isEmpty
    }
}

extension RunJournal {
    /// Takes the next event as it was recorded.
    ///
    /// - Throws: where its payloads cannot be had now.
    @discardableResult
    package mutating func append(_ event: RecordedEvent, decodedWith codec: any PayloadCodec) async throws -> Bool {
        do {
            return append(try await event.event(decodedWith: codec))
        } catch let error as TemporalError where error.isPermanentlyUnreadable {
            let fault = HistoryFault(eventID: event.id, message: error.message)
            return append(try event.undecodedEvent(), fault: .history(fault))
        }
    }
}

extension TemporalError {
    /// A missing key, a damaged or lost payload: trying again would not help.
    fileprivate var isPermanentlyUnreadable: Bool {
        guard code == .payload else { return false }
        switch (cause as? StorageError)?.code {
        case .unavailable?, .busy?: return false
        default: return true
        }
    }
}
