import Foundation
import JSON
import Logging
import Storage
import Temporal
import Worker

/// Reads an execution's histories, from one run on to its end, for a feed.
struct LiveSource: Sendable {
    let executions: ExecutionService
    let row: Execution
    /// Where to begin; nil: the run is still to come.
    let run: String?

    func tell(_ feed: LiveFeed) async {
        do {
            guard var run = try await firstRun(feed) else { return }
            let workflowID = row.summary.temporalWorkflowID
            var teller = LiveTeller(workflowID: workflowID, run: run, startAt: row.summary.startAt)
            while true {
                try await tellRun(run, &teller, feed)
                guard let next = try await next(after: run, teller) else { break }
                run = next.run
                teller.follow(workflowID: workflowID, run: run, isReset: next.isReset)
            }
            feed.append(teller.end())
        } catch let error as TemporalError where error.code == .notFound {
            feed.append([status(.unknown)])
        } catch {
            guard !(error is CancellationError) else { return }
            executions.logger.warning("A stream of events ended early", metadata: ["error": "\(error)"])
        }
    }

    private func status(_ status: ExecutionStatus) -> LiveEvent {
        LiveEvent(nil, "status", ["status": .string(status.rawValue), "run_id": run.map { .string($0) } ?? .null])
    }

    /// Waits for the start, which may be only promised.
    private func firstRun(_ feed: LiveFeed) async throws -> String? {
        if let run { return run }
        feed.append([status(.pending)])
        while true {
            guard let now = try await executions.store.get(row.id, tenant: row.tenantID) else { return nil }
            if let run = now.summary.latestRunID { return run }
            guard now.status.isOpen else {
                feed.append([status(now.status)])
                return nil
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    private func tellRun(_ run: String, _ teller: inout LiveTeller, _ feed: LiveFeed) async throws {
        let codec = executions.temporal.codec
        let archived = try await executions.store.histories(of: row.id, tenant: row.tenantID)
        if let events = try await executions.archivedEvents(of: run, in: archived, tenant: row.tenantID) {
            for event in events { feed.append(teller.take(try await readable(event, codec))) }
            return
        }
        var token = Data()
        var pause = Duration.milliseconds(200)
        while true {
            do {
                let page = try await executions.temporal.recordedPage(
                    workflowID: row.summary.temporalWorkflowID, runID: run, token: token, waits: true)
                var events: [HistoryEvent] = []
                for event in page.events { events.append(try await readable(event, codec)) }
                // From here on nothing fails: an event is told once.
                for event in events { feed.append(teller.take(event)) }
                if teller.journal.outcome != nil { return }
                token = page.nextPageToken
                guard !token.isEmpty else {
                    throw TemporalError(.failedPrecondition, "The history of \(run) ends without an end.")
                }
                pause = .milliseconds(200)
            } catch let error as TemporalError where error.isRetryable {
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(5))
            }
        }
    }

    private func readable(_ event: RecordedEvent, _ codec: any PayloadCodec) async throws -> HistoryEvent {
        do {
            return try await event.event(decodedWith: codec)
        } catch let error as TemporalError where error.code == .payload {
            return try event.undecodedEvent()
        }
    }

    /// The run that goes on where this one ended: the next of a chain, or the one that a reset made.
    private func next(after run: String, _ teller: LiveTeller) async throws -> (run: String, isReset: Bool)? {
        guard let outcome = teller.journal.outcome else { return nil }
        if case .continuedAsNew(let next) = outcome { return (next, false) }
        guard case .terminated = outcome else { return nil }
        let now = try await executions.store.get(row.id, tenant: row.tenantID)
        if let latest = now?.summary.latestRunID, latest != run { return (latest, true) }
        guard now?.status.isOpen == true else { return nil }
        let workflowID = row.summary.temporalWorkflowID
        let latest = try await executions.temporal.describe(workflowID: workflowID).execution
        return latest.runID == run ? nil : (latest.runID, true)
    }
}
