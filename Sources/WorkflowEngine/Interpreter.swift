package import JSON
package import WorkflowDefinition

/// A run of a workflow definition: a synchronous value that turns events into effects.
///
/// No I/O, no clock, no randomness but a seeded one, no iteration order of hashed collections: the same events give
/// the same effects and the same snapshot, byte for byte.
package struct Interpreter: Sendable {
    /// Raised with every change of what a recorded history would replay differently.
    package static let engineVersion = 1

    package private(set) var context: RunContext

    /// Begins with the event `.start`.
    package init(definition: Definition, context: RunContext, input: JSONValue) {
        self.context = context
    }

    /// Goes on where the snapshot was taken; a new run begins with the event `.resume`.
    package init(definition: Definition, restoring snapshot: Snapshot) throws(SnapshotError) {
        throw SnapshotError(message: "not yet")
    }

    /// Runs until every step waits, or the run has ended. Must be given the moments in order.
    package mutating func apply(_ event: Event, now: Instant) -> [Effect] { [] }

    /// nil while the run goes on.
    package var outcome: Outcome? { nil }
    /// The last 1,000 steps; `stepCount` counts all.
    package var steps: [Step] { [] }
    package var stepCount: Int { 0 }
    /// One for each run of an enhancement point's task, the last 1,000.
    package var enhancements: [EnhancementUse] { [] }
    /// Enhancement was requested and at least one point fell back.
    package var fallbackUsed: Bool { false }
    /// Names of the functions whose results the enhancement points used, in order of first use.
    package var aiActivities: [String] { [] }
    /// One line for each open wait, for stack traces: `/do/0/extract: activity 1 extract_text_activity`.
    package var waits: [String] { [] }
    /// Approximate bytes held.
    package var footprint: Int { 0 }
    package var snapshot: Snapshot { Snapshot(json: .null) }
}
