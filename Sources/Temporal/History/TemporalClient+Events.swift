extension TemporalClient {
    /// A run's events so far, from the first, with decoded payloads.
    package func events(workflowID: String, runID: String = "") async throws(TemporalError) -> [HistoryEvent] {
        let messages = try await recordedEvents(workflowID: workflowID, runID: runID)
        var events: [HistoryEvent]
        do { events = try HistoryEvent.events(messages) } catch {
            throw TemporalError(.server, "The history of \(workflowID) cannot be read.", cause: error)
        }
        try await events.decode(with: codec)
        return events
    }
}
