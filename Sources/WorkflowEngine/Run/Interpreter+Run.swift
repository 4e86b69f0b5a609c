import JSON
import WorkflowDefinition

extension Interpreter {
    /// Lets every frame that has something to do take its step.
    mutating func run() {
        while state.outcome == nil, let frame = state.ready.popLast() {
            self[frame].isQueued = false
            // A drained run leaves what has not begun to its successor.
            if state.isDraining, self[frame].phase == .begin { continue }
            do throws(WorkflowError) {
                if state.values.wantsSweep { try sweep() }
                try step(frame)
            } catch {
                fail(frame, error)
            }
        }
    }

    /// An error that nothing catches: the workflow would only go on working without ever waiting.
    mutating func exhausted(_ what: String) -> WorkflowError {
        turn.isExhausted = true
        return WorkflowError(
            .runtime, detail: "the workflow ran \(what) without waiting for anything; is there a loop that never waits?"
        )
    }

    private mutating func step(_ frame: FrameID) throws(WorkflowError) {
        switch self[frame].phase {
        case .begin:
            guard turn.tasks > 0 else { throw exhausted("\(Budget.tasks) tasks") }
            turn.tasks -= 1
            try begin(frame)
        case .body where node(frame).isFork: try joinBranches(frame)
        case .body, .handler, .fallback: try goOn(frame)
        case .call: try finish(frame, with: self[frame].result)
        case .wait: try finish(frame, with: self[frame].input)
        case .backoff: try beginAttempt(frame)
        case .free: break
        }
    }

    /// A child has ended: its list goes on where the child's directive says.
    private mutating func goOn(_ frame: FrameID) throws(WorkflowError) {
        let list = list(frame)
        let next =
            switch self[frame].directive {
            case .continue: Int(self[frame].cursor) + 1
            case .exit, .end: list.count
            case .task(let name):
                list.firstIndex { plan.nodes[Int($0)].task.name.hasSameBytes(as: name) } ?? list.count
            }
        guard next >= list.count else { return startChild(of: frame, at: next, input: self[frame].result) }
        switch self[frame].phase {
        case .body where self[frame].loop != nil: try endTurn(frame)
        case .handler: try finishHandler(frame)
        default: try finish(frame, with: self[frame].result)
        }
    }

    private func list(_ frame: FrameID) -> [Int32] { node(frame).parts.list(in: self[frame].phase) }

    /// Runs the tasks of the frame's list, by its phase; `false` for an empty list.
    mutating func startList(of frame: FrameID, input: ValueID) -> Bool {
        guard !list(frame).isEmpty else { return false }
        startChild(of: frame, at: 0, input: input)
        return true
    }

    private mutating func startChild(of frame: FrameID, at index: Int, input: ValueID) {
        let child = allocate(Frame(node: list(frame)[index], parent: frame, index: Int32(index), rawInput: input))
        self[frame].child = child
        self[frame].cursor = Int32(index)
        enqueue(child)
    }
}
