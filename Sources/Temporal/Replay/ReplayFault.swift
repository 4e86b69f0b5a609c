/// Why a run cannot go on with what its history says. It fails the workflow task, never the workflow.
package enum ReplayFault: Error, Sendable, Hashable {
    case nonDeterminism(NonDeterminism)
    case machine(MachineFault)
    case history(HistoryFault)
}

extension ReplayFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .nonDeterminism(let mismatch): mismatch.description
        case .machine(let fault): fault.message
        case .history(let fault): fault.description
        }
    }
}

/// The machine did not do again what history says it did.
package struct NonDeterminism: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where they part; nil when the history ends before the machine's command.
    package var eventID: Int64?
    /// What history records.
    package var expected: String
    /// What the machine commanded.
    package var found: String

    package var description: String {
        let place = eventID.map { "event \($0)" } ?? "the end of history"
        return "non-determinism at \(place): history has \(expected), the workflow commanded \(found)"
    }
}
