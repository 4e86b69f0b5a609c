extension TemporalClient {
    /// Folds a run's history, closed or still open, through a machine: for readers that want to know where it stands.
    ///
    /// - Throws: `TemporalError`, `HistoryFault`, `ReplayFault`.
    package func replay<Machine: WorkflowMachine>(
        _ machine: Machine.Type, workflowID: String, runID: String
    ) async throws -> WorkflowRun<Machine> {
        var events = try HistoryEvent.events(try await recordedEvents(workflowID: workflowID, runID: runID))
        try await events.decode(with: codec)
        return try WorkflowReplayer<Machine>(namespace: namespace).replay(events, runID: runID)
    }
}
