extension Interpreter {
    mutating func beginStep(_ frame: FrameID, _ node: PlanNode) {
        self[frame].step = state.log.begin(node.label, attempt: attempt(around: frame), at: turn.now)
    }

    mutating func endStep(_ frame: FrameID, _ status: Step.Status, _ error: WorkflowError? = nil) {
        state.log.end(self[frame].step, status, error, at: turn.now)
    }

    /// The attempt of the nearest `try` whose body the frame runs in.
    private func attempt(around frame: FrameID) -> Int {
        var parent = self[frame].parent
        while parent != .none {
            if let attempts = self[parent].attempts, self[parent].phase == .body { return attempts.number }
            parent = self[parent].parent
        }
        return 1
    }
}
