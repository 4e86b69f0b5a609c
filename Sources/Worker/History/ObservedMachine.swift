import Temporal
import WorkflowEngine

/// The machine of a reader: it does the same, and keeps what went into the steps and came out.
struct ObservedMachine: WorkflowMachine {
    private(set) var machine: DefinitionMachine

    init(start: WorkflowStart) throws(MachineFault) { machine = try DefinitionMachine(start: start, isObserved: true) }

    mutating func activate(_ task: Activation) throws(MachineFault) -> Turn { try machine.activate(task) }

    func query(_ query: QueryCall) throws(Failure) -> Payload { try machine.query(query) }

    var footprint: Int { machine.footprint }
}
