extension TemporalClient {
    /// Folds a run's history, closed or still open, through a machine: for readers that want to know where it stands.
    ///
    /// - Throws: `TemporalError`, `HistoryFault`, `ReplayFault`.
    package func replay<Machine: WorkflowMachine>(
        _ machine: Machine.Type, workflowID: String, runID: String
    ) async throws -> WorkflowRun<Machine> {
        let events = try await events(workflowID: workflowID, runID: runID)
        return try WorkflowReplayer<Machine>(namespace: namespace).replay(events, runID: runID)
    }
}
