/// Folds recorded histories through a machine: proves that today's code still does what it did, and shows a run to its readers.
package struct WorkflowReplayer<Machine: WorkflowMachine>: Sendable {
    package var namespace: String

    package init(namespace: String = "default") {
        self.namespace = namespace
    }

    /// The run as its history leaves it, closed or open; its machine answers queries.
    ///
    /// Without `runID` the one that the history itself names is taken. Throws where machine and history part.
    package func replay(_ events: [HistoryEvent], runID: String? = nil) throws(ReplayFault) -> WorkflowRun<Machine> {
        guard case .workflowStarted(let started)? = events.first?.kind else {
            throw .history(
                HistoryFault(eventID: events.first?.id, message: "a history begins with WorkflowExecutionStarted"))
        }
        var run = WorkflowRun<Machine>(
            namespace: namespace, workflowID: started.workflowID, runID: runID ?? started.originalRunID
        )
        try run.apply(history: events)
        return run
    }
}
