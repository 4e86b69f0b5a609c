package import Foundation
package import JSON
import Storage
import Temporal

/// A run's history, told event by event so that it need not be held whole.
package struct ExecutionHistory: Sendable {
    package let runID: String
    /// From our own archive: Temporal may have forgotten it.
    package let isArchived: Bool
    /// The execution's runs whose histories can be asked for, the oldest first.
    package let runs: [String]
    private let source: HistorySource
    private let document: EventDocument

    init(_ source: HistorySource, runID: String, runs: [String], document: EventDocument) {
        self.source = source
        self.runID = runID
        self.runs = runs
        self.document = document
        if case .archive = source { isArchived = true } else { isArchived = false }
    }

    package func forEachEvent(_ body: (JSONValue) async throws -> Void) async throws {
        switch source {
        case .archive(let events): for event in events { try await body(try await document.json(of: event)) }
        case .temporal(let events): for try await event in events { try await body(try await document.json(of: event)) }
        }
    }
}

enum HistorySource: Sendable {
    case archive([RecordedEvent])
    case temporal(PagedList<RecordedEvent>)
}

extension ExecutionService {
    /// - Parameter run: one of a chain; nil: the latest.
    /// - Throws: `unknownHistory` for an execution that has not begun, a run that is not its, or one that both Temporal and
    ///   the archive no longer have.
    package func history(of id: UUID, tenant: UUID, run: String?) async throws -> ExecutionHistory {
        let row = try await row(id, of: tenant)
        let archived = try await store.histories(of: id, tenant: tenant)
        let open = [row.summary.temporalRunID, row.summary.latestRunID].compactMap { $0 }
        let runs =
            archived.map(\.runID)
            + open.filter { run in !archived.contains { $0.runID == run } }
            .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        guard let run = run ?? row.summary.latestRunID, runs.contains(run) else { throw Self.unknownHistory(id) }
        let document = EventDocument(codec: temporal.codec)
        if let events = try await archivedEvents(of: run, in: archived, tenant: tenant) {
            return ExecutionHistory(.archive(events), runID: run, runs: runs, document: document)
        }
        let workflowID = row.summary.temporalWorkflowID
        do {
            // Found out now, while there is an answer to choose.
            _ = try await withPatience {
                try await temporal.recordedPage(workflowID: workflowID, runID: run, size: 1)
            }
        } catch let error as TemporalError {
            throw error.code == .notFound ? Self.unknownHistory(id) : Self.unavailable(error)
        }
        let events = temporal.recordedHistory(workflowID: workflowID, runID: run)
        return ExecutionHistory(.temporal(events), runID: run, runs: runs, document: document)
    }

    func archivedEvents(
        of run: String, in archived: [ArchivedHistory], tenant: UUID
    ) async throws -> [RecordedEvent]? {
        guard let entry = archived.first(where: { $0.runID == run }) else { return nil }
        return try [RecordedEvent](serialized: try await archive.get(entry.digest, tenant: tenant))
    }

    private static func unknownHistory(_ id: UUID) -> ExecutionError {
        ExecutionError(.unknownHistory, "No history", "There is no history of this run of the execution \(id.text).")
    }

    static func unavailable(_ error: TemporalError) -> any Error {
        guard error.isRetryable else { return error }
        return ExecutionError(
            .temporalUnavailable, "Temporal unavailable", "Temporal does not answer. Try again.")
    }
}
