internal import Foundation
internal import Metrics
internal import SwiftProtobuf
internal import TemporalProtocol

extension WorkflowTaskHandler {
    /// Brings a run to where a task stands: on from where the cache has it, or else from event 1. Returns the machine's notes.
    func advance(_ run: inout WorkflowRun<Machine>?, to task: Task) async throws -> [String] {
        let begin = ContinuousClock.now
        var isReplay = false
        let recent = try await recentEvents(task)
        var events: [HistoryEvent]
        if let news = run?.continuation(in: recent) {
            cacheMetrics.hit.increment()
            events = Array(news)
        } else {
            isReplay = task.previousStartedEventID > 0
            if isReplay { cacheMetrics.miss.increment() }
            run = WorkflowRun(
                namespace: client.namespace, workflowID: task.workflowExecution.workflowID,
                runID: task.workflowExecution.runID)
            events = try await olderEvents(than: recent.first?.id, task) + recent
        }
        try await events.decode(with: client.codec)
        let updates = try await UpdateRequest.requests(in: task.messages, codec: client.codec)
        let notes = try run?.apply(history: events, updates: updates) ?? []
        if !task.hasQuery, let last = run?.lastEventID, last != task.startedEventID {
            // Never decide on a part of what happened.
            let message = "the history ends here, before the task's own event \(task.startedEventID)"
            throw ReplayFault.history(HistoryFault(eventID: last, message: message))
        }
        if isReplay { metrics[task.workflowType.name].replay.record(duration: ContinuousClock.now - begin) }
        return notes
    }

    /// What came with the task, to the last page: all from event 1, or what is new since the last answered task, or nothing.
    private func recentEvents(_ task: Task) async throws -> [HistoryEvent] {
        var messages = task.history.events
        var token = task.nextPageToken
        while !token.isEmpty {
            let page = try await client.historyPage(
                workflowID: task.workflowExecution.workflowID, runID: task.workflowExecution.runID, token: token)
            messages += page.events
            token = page.nextPageToken
        }
        if !task.hasQuery, task.startedEventID > 0 {
            messages = Array(messages.prefix { $0.eventID <= task.startedEventID })
        }
        return try read(messages)
    }

    /// From event 1 to the one before `first`; to the end when that is nil.
    private func olderEvents(than first: Int64?, _ task: Task) async throws -> [HistoryEvent] {
        let end = first ?? .max
        guard end > 1 else { return [] }
        var messages: [Temporal_Api_History_V1_HistoryEvent] = []
        var token = Data()
        repeat {
            let page = try await client.historyPage(
                workflowID: task.workflowExecution.workflowID, runID: task.workflowExecution.runID, token: token)
            messages += page.events.prefix { $0.eventID < end }
            token = page.nextPageToken
        } while !token.isEmpty && messages.last.map { $0.eventID < end - 1 } ?? true
        return try read(messages)
    }

    private func read(_ messages: [Temporal_Api_History_V1_HistoryEvent]) throws(ReplayFault) -> [HistoryEvent] {
        do { return try HistoryEvent.events(messages) } catch { throw .history(error) }
    }
}
