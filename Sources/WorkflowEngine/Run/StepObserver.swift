package import JSON

/// The values of the steps, for readers of runs: kept beside the state and never in a snapshot. A worker has none.
///
/// Bounded in memory, whatever the run does: a value over `valueLimit`, or one that comes when `totalLimit` is used up, is
/// known by its size alone.
package struct StepObserver: Sendable {
    package struct Observation: Sendable {
        /// The task's transformed input; of a call the arguments that the activity was given.
        package var input: ObservedValue?
        package var output: ObservedValue?
        package var activity: ActivityID?
    }

    /// Bytes of one value's text, about.
    private static let valueLimit = 8 << 10
    private static let totalLimit = 1 << 20

    /// By step number.
    private var steps: [Int: Observation] = [:]
    private var bytes = 0

    package init() {}

    package subscript(step: Int) -> Observation? { steps[step] }

    mutating func input(of step: Int, _ value: JSONValue, size: Int) {
        let observed = observe(value, size, insteadOf: steps[step]?.input)
        steps[step, default: Observation()].input = observed
    }

    mutating func output(of step: Int, _ value: JSONValue, size: Int) {
        let observed = observe(value, size, insteadOf: steps[step]?.output)
        steps[step, default: Observation()].output = observed
    }

    mutating func scheduled(_ activity: ActivityID, by step: Int) {
        steps[step, default: Observation()].activity = activity
    }

    /// Forgets the steps that the log has dropped.
    mutating func keep(from first: Int) {
        guard steps.count > 2 * StepLog.kept else { return }
        for (step, observation) in steps where step < first {
            bytes -= (observation.input?.heldBytes ?? 0) + (observation.output?.heldBytes ?? 0)
            steps[step] = nil
        }
    }

    private mutating func observe(
        _ value: JSONValue, _ size: Int, insteadOf old: ObservedValue?
    ) -> ObservedValue {
        bytes -= old?.heldBytes ?? 0
        guard size <= Self.valueLimit, bytes + size <= Self.totalLimit else {
            return ObservedValue(value: nil, bytes: size)
        }
        bytes += size
        return ObservedValue(value: value, bytes: size)
    }
}

/// A value, or its size where it is too large to be kept.
package struct ObservedValue: Sendable {
    package let value: JSONValue?
    /// Of its text, about.
    package let bytes: Int

    fileprivate var heldBytes: Int { value == nil ? 0 : bytes }
}

extension Interpreter {
    mutating func observeInput(_ frame: FrameID) {
        guard observer != nil else { return }
        let (step, id) = (self[frame].step, self[frame].input)
        let (value, size) = (state.values[id], state.values.size(of: id))
        observer?.input(of: step, value, size: size)
    }

    mutating func observeOutput(_ frame: FrameID, _ output: ValueID) {
        guard observer != nil else { return }
        let step = self[frame].step
        let (value, size) = (state.values[output], state.values.size(of: output))
        observer?.output(of: step, value, size: size)
    }

    mutating func observeCall(_ frame: FrameID, _ activity: ActivityID, _ input: JSONValue, size: Int) {
        guard observer != nil else { return }
        let (step, first) = (self[frame].step, state.log.records.first?.number ?? 0)
        observer?.input(of: step, input, size: size)
        observer?.scheduled(activity, by: step)
        observer?.keep(from: first)
    }
}
