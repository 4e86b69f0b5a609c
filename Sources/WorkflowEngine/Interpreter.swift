import JQ
package import JSON
package import WorkflowDefinition

/// A run of a workflow definition: a synchronous value that turns events into effects.
///
/// No I/O, no clock, no randomness but a seeded one, no iteration order of hashed collections: the same events give
/// the same effects and the same snapshot, byte for byte. Hold one copy only: a second one alive during `apply`
/// makes it copy the frames and the table of values.
package struct Interpreter: Sendable {
    /// Raised with every change of what a recorded history would replay differently. 2: runs can be paused. 3: single
    /// enhancement points can be off.
    package static let engineVersion = 3

    /// What a run needs: workers of before go on with runs in which no point is off.
    package static func version(forPointsOff points: [String: String]) -> Int { points.isEmpty ? 2 : 3 }

    package let context: RunContext
    let plan: Plan
    var state: State
    var turn = Turn()
    /// `$workflow` and `$runtime`, made when first asked for.
    var descriptors = Descriptors()
    /// Set by readers who fold a run to show it, before its first event.
    package var observer: StepObserver?

    package init(definition: Definition, context: RunContext, input: JSONValue) {
        self.init(plan: Plan(definition: definition), context: context, input: input)
    }

    /// Runs of one definition may share its plan.
    package init(plan: Plan, context: RunContext, input: JSONValue) {
        self.context = context
        self.plan = plan
        state = State(random: SplitMix64(state: context.randomSeed))
        state.input = state.values.insert(input, size: input.approximateSize(limit: Budget.valueBytes))
    }

    /// Goes on where the snapshot was taken; a new run begins with the event `.resume`.
    package init(definition: Definition, restoring snapshot: Snapshot) throws(SnapshotError) {
        try self.init(plan: Plan(definition: definition), restoring: snapshot)
    }

    package init(plan: Plan, restoring snapshot: Snapshot) throws(SnapshotError) {
        self.plan = plan
        (context, state) = try snapshot.decoded(plan: plan)
    }

    /// Runs until every step waits, or the run has ended.
    package mutating func apply(_ event: Event, now: Instant) -> [Effect] {
        guard state.outcome == nil else { return [] }
        turn = Turn(now: now)
        take(event)
        run()
        if state.isDraining, state.outcome == nil, state.activities.isEmpty {
            turn.effects.append(.continueAsNew(snapshot))
            state.outcome = .continued
        }
        defer { turn = Turn() }
        return turn.effects
    }

    /// nil while the run goes on.
    package var outcome: Outcome? { state.outcome }
    /// The last 1,000 steps at least, all running ones among them; `stepCount` counts all.
    package var steps: [Step] { state.log.steps }
    /// nil for one that was dropped or never began.
    package func step(_ number: Int) -> Step? { state.log.step(number) }
    package var stepCount: Int { state.log.count }
    /// One for each run of an enhancement point's task, the last 1,000 at least.
    package var enhancements: [EnhancementUse] { state.log.enhancements }
    /// Enhancement was requested and at least one point fell back.
    package var fallbackUsed: Bool { state.log.hasFallenBack }
    /// Names of the functions that enhancement points called with success, in order of first use.
    package var aiActivities: [String] { state.log.functions }
    package var isDraining: Bool { state.isDraining }

    /// One line for each open wait, for stack traces: `/do/0/extract: activity 1 extract_text_activity`.
    package var waits: [String] {
        let activities = state.activities.entries.map { entry in
            let node = plan.nodes[Int(state.frames[Int(entry.element)].node)]
            return "\(node.position): activity \(entry.id) \(node.task.kind.function ?? "")"
        }
        let timers = state.timers.entries.map { entry in
            let node = plan.nodes[Int(state.frames[Int(entry.element.frame)].node)]
            return
                "\(node.position): timer \(entry.id) (\(entry.element.purpose)) until \(entry.element.deadline.iso8601)"
        }
        return activities + timers
    }

    /// Approximate bytes held.
    package var footprint: Int {
        state.values.bytes + state.values.capacity * 32 + state.frames.capacity * MemoryLayout<Frame>.stride
            + state.log.records.count * 128 + 1024
    }

    package var snapshot: Snapshot { Snapshot(context: context, state: state, plan: plan) }
}

/// What one run may use. Counted, never timed; part of the engine's version, because it can end a workflow.
enum Budget {
    /// Tasks begun between two waits: stops a loop that never waits.
    static let tasks = 100_000
    /// Cost of all expressions between two waits, in the units of `JQLimits.fuel`.
    static let fuel = 500_000_000
    /// Of one expression.
    static let expression = JQLimits(fuel: 20_000_000, memory: 64 << 20, depth: 10_000, outputs: 100_000)
    /// Of one value, in bytes of its text.
    static let valueBytes = 32 << 20
    /// Of all values that frames hold, each counted once.
    static let stateBytes = 256 << 20
    /// Of one value: leaves room for the levels that a snapshot puts around it, below JSON's own bound of 512.
    static let valueDepth = 500
}

/// What lives only while one event is applied.
struct Turn: Sendable {
    var now = Instant(milliseconds: 0)
    var effects: [Effect] = []
    var tasks = Budget.tasks
    var fuel = Budget.fuel
    var isExhausted = false
}
