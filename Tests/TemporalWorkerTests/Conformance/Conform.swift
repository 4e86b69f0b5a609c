import Temporal
import Testing

/// Folds a history through a script; the machine must hear `jobs` and then send `outgoing`. The same history is folded
/// again cut off at each of its tasks, and in the parts that a cached run is given.
@discardableResult
func conform(
    _ script: [[Command]], hears jobs: [String], sends outgoing: [String] = [], updates: [UpdateRequest] = [],
    sourceLocation: SourceLocation = #_sourceLocation, _ write: (inout RecordedHistory) -> Void
) throws -> WorkflowRun<ScriptMachine> {
    var history = RecordedHistory()
    write(&history)
    return try ScriptMachine.$script.withValue(script) {
        var run = WorkflowRun<ScriptMachine>(namespace: "default", workflowID: "w", runID: "run")
        try run.apply(history: history.events, updates: updates)
        #expect(run.machine?.jobs == jobs, sourceLocation: sourceLocation)
        #expect(run.outgoing.map(\.summary) == outgoing, sourceLocation: sourceLocation)
        try expectSameCommandsFromEveryPrefix(
            of: history.events, ScriptMachine.self, sourceLocation: sourceLocation)
        try expectSameCommandsInParts(of: history.events, ScriptMachine.self, sourceLocation: sourceLocation)
        return run
    }
}

extension Command {
    static func child(_ seq: Seq, _ cancellation: ChildOptions.CancellationType = .tryCancel) -> Command {
        var options = ChildOptions(workflowType: "Child", workflowID: "child-\(seq)")
        options.cancellation = cancellation
        return .startChild(seq, options)
    }
    static func tell(_ seq: Seq, _ name: String = "hello") -> Command {
        .signalExternal(seq, ExternalTarget(workflowID: "other"), SignalCall(name: name, input: []))
    }
    static func cancelOther(_ seq: Seq) -> Command {
        .cancelExternal(seq, ExternalTarget(workflowID: "other"), reason: "enough")
    }
}

extension RecordedHistory {
    mutating func initiated(_ seq: Int) -> Int64 { add(.childInitiated(id: "child-\(seq)", type: "Child")) }
    mutating func started(_ initiated: Int64) {
        add(.childStarted(initiatedEventID: initiated, runID: "run-\(initiated)"))
    }
    /// The first child, started by the first task.
    mutating func runningChild() -> Int64 {
        task()
        let child = initiated(1)
        started(child)
        return child
    }
    /// The same, told to stop before it ran.
    @discardableResult
    mutating func childCancelledBeforeItsStart() -> Int64 {
        task()
        let child = initiated(1)
        signal("stop")
        task()
        started(child)
        return child
    }
    mutating func ended(_ initiated: Int64, _ kind: (HistoryEvent.ChildEnd) -> HistoryEvent.Kind) {
        add(
            kind(
                HistoryEvent.ChildEnd(
                    initiatedEventID: initiated, startedEventID: initiated + 1, runID: "run-\(initiated)",
                    namespace: "default")))
    }
    /// The request to cancel a child, and that it was told.
    mutating func askedToCancel(_ workflowID: String) -> Int64 { add(.externalCancelInitiated(workflowID: workflowID)) }
}
