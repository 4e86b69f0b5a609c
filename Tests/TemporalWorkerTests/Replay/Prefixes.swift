import Fuzz
import Temporal
import Testing

/// Cut at each of its workflow tasks, a history makes the machine command what the rest of it records.
func expectSameCommandsFromEveryPrefix<Machine: WorkflowMachine>(
    of events: [HistoryEvent], _ machine: Machine.Type, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    for divergence in try machine.divergencesFromPrefixes(of: events) {
        Issue.record("\(divergence)", sourceLocation: sourceLocation)
    }
}

/// So it does when it is folded in the parts that a worker which keeps the run between its tasks is given.
func expectSameCommandsInParts<Machine: WorkflowMachine>(
    of events: [HistoryEvent], _ machine: Machine.Type, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    for divergence in try machine.divergencesInParts(of: events) {
        Issue.record("\(divergence)", sourceLocation: sourceLocation)
    }
}
