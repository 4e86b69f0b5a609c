import JSON
import WorkflowDefinition

extension Interpreter {
    /// After a task ran: `output.as`, `output.schema`, `export.as`, `export.schema`, `then`.
    ///
    /// - Parameter directive: takes the place of the task's own `then`.
    mutating func finish(
        _ frame: FrameID, with rawOutput: ValueID, directive: FlowDirective? = nil
    ) throws(WorkflowError) {
        guard self[frame].parent != .none else { return try finishWorkflow(frame, rawOutput) }
        let node = node(frame)
        var scope = Scope(frame, hasInput: true)
        scope.rawOutput = rawOutput
        let output = try transform(rawOutput, node.task.output.as, scope)
        try validate(output, node.task.output.schema, "output")
        if let export = node.task.export {
            scope.output = output
            let context = try transform(output, export.as, scope, default: state.context)
            try validate(context, export.schema, "exported context")
            state.context = context
        }
        noteUse(frame)
        observeOutput(frame, output)
        endStep(frame, self[frame].hasFallenBack ? .fallback : .completed)
        deliver(frame, output: output, directive: directive ?? node.task.then)
    }

    /// Frees the frame and gives its output to the parent.
    mutating func deliver(_ frame: FrameID, output: ValueID, directive: FlowDirective) {
        let parent = self[frame].parent
        if directive == .end {
            return endWorkflow(from: frame, output: output)
        }
        let index = self[frame].index
        cancelInside(frame)
        release(frame)
        if node(parent).isFork, self[parent].phase == .body {
            branchEnded(parent, Int(index), output: output)
        } else {
            self[parent].child = .none
            self[parent].result = output
            self[parent].directive = directive
            enqueue(parent)
        }
    }

    /// `then: end`: the tasks around are done as well, what runs beside them is cancelled, and the workflow's output is
    /// made from the output of the task that ended it.
    private mutating func endWorkflow(from frame: FrameID, output: ValueID) {
        var root = frame
        while self[root].parent != .none {
            root = self[root].parent
            noteUse(root)
            endStep(root, self[root].hasFallenBack ? .fallback : .completed)
        }
        cancelInside(root)
        self[root].result = output
        self[root].directive = .exit
        enqueue(root)
    }

    private mutating func finishWorkflow(_ root: FrameID, _ rawOutput: ValueID) throws(WorkflowError) {
        let output = try transform(rawOutput, plan.definition.output.as, Scope(root))
        try validate(output, plan.definition.output.schema, "output")
        let value = state.values[output]
        close(.completed(value), with: .complete(value))
    }

    /// Cancels all that is open, and ends the run.
    mutating func close(_ outcome: Outcome, with effect: Effect) {
        if !state.frames.isEmpty, self[0].phase != .free {
            cancelInside(0)
            release(0)
        }
        state.ready.removeAll()
        turn.effects.append(effect)
        state.outcome = outcome
    }
}
