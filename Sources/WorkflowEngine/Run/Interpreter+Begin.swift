import JSON
import WorkflowDefinition

extension Interpreter {
    /// Before a task runs: `if`, `input.schema`, `input.from`, `timeout`.
    mutating func begin(_ frame: FrameID) throws(WorkflowError) {
        let node = node(frame)
        self[frame].startedAt = turn.now
        guard self[frame].parent != .none else { return try beginWorkflow(frame) }
        beginStep(frame, node)
        let raw = self[frame].rawInput
        if let condition = node.task.condition, !(try test(condition, on: raw, Scope(frame))) {
            // A skipped task directs nothing: its `then` belongs to a run of it.
            endStep(frame, .skipped)
            return deliver(frame, output: raw, directive: .continue)
        }
        try validate(raw, node.task.input.schema, "input")
        self[frame].input = try transform(raw, node.task.input.from, Scope(frame))
        observeInput(frame)
        if let enhancement = node.task.enhancement {
            if let reason = declineReason(enhancement) {
                return try decline(frame, enhancement, reason)
            }
            self[frame].enhancementTimeout = try milliseconds(
                enhancement.timeout ?? .milliseconds(60_000), Scope(frame, hasInput: true), on: self[frame].input)
        }
        if let timeout = node.task.timeout {
            let duration = try milliseconds(timeout, Scope(frame, hasInput: true), on: self[frame].input)
            self[frame].timeout = startTimer(frame, .timeout, milliseconds: duration)
        }
        try perform(frame, node)
    }

    private mutating func beginWorkflow(_ frame: FrameID) throws(WorkflowError) {
        let raw = self[frame].rawInput
        _ = try checkedSize(state.values[raw])
        try validate(raw, plan.definition.input.schema, "input")
        let input = try transform(raw, plan.definition.input.from, Scope(frame))
        self[frame].input = input
        state.context = input
        if let timeout = plan.definition.timeout {
            let elapsed = turn.now.milliseconds - context.startedAt.milliseconds
            let duration = try milliseconds(timeout, Scope(frame), on: input)
            self[frame].timeout = startTimer(frame, .timeout, milliseconds: max(0, duration - max(0, elapsed)))
        }
        self[frame].phase = .body
        if !startList(of: frame, input: input) { try finish(frame, with: input) }
    }

    /// Runs the task itself on its transformed input.
    private mutating func perform(_ frame: FrameID, _ node: PlanNode) throws(WorkflowError) {
        let input = self[frame].input
        let scope = Scope(frame, hasInput: true)
        switch node.task.kind {
        case .do:
            self[frame].phase = .body
            if !startList(of: frame, input: input) { try finish(frame, with: input) }
        case .set(let template):
            try finish(frame, with: insert(try evaluate(template, on: input, scope)))
        case .call(let call):
            try schedule(call, frame, node)
        case .switch(let cases):
            try finish(frame, with: input, directive: try chosen(cases, on: input, scope))
        case .fork(let branches, _):
            try startBranches(frame, node, count: branches.tasks.count)
        case .for(let loop):
            try beginLoop(frame, loop)
        case .try:
            self[frame].attempts = Frame.Attempts(number: 0, since: turn.now)
            try beginAttempt(frame)
        case .raise(let error):
            throw try raised(error, on: input, scope)
        case .wait(let duration):
            let milliseconds = try milliseconds(duration, scope, on: input)
            guard milliseconds > 0 else { return try finish(frame, with: input) }
            self[frame].phase = .wait
            self[frame].timer = startTimer(frame, .wait, milliseconds: milliseconds)
        }
    }

    /// The directive of the first case that matches, else of the default case; nil when there is none.
    private mutating func chosen(
        _ cases: [SwitchCase], on input: ValueID, _ scope: Scope
    ) throws(WorkflowError) -> FlowDirective? {
        for branch in cases {
            if let when = branch.when, try test(when, on: input, scope) { return branch.then }
        }
        return cases.first { $0.when == nil }?.then
    }
}
