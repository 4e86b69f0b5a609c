import WorkflowDefinition

extension Interpreter {
    mutating func beginStep(_ frame: FrameID, _ node: PlanNode) {
        let step = Step(
            number: 0, name: node.task.name, position: node.position, kind: node.task.kind.keyword,
            function: node.task.kind.function, status: .running, startedAt: turn.now, attempt: attempt(around: frame))
        self[frame].step = state.log.begin(step)
    }

    mutating func endStep(_ frame: FrameID, _ status: Step.Status, _ error: WorkflowError? = nil) {
        let now = turn.now
        state.log.update(self[frame].step) { step in
            guard step.status == .running else { return }
            step.status = status
            step.endedAt = now
            step.error = error
        }
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
