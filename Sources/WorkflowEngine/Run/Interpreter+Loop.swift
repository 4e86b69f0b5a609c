import JSON
import WorkflowDefinition

extension Interpreter {
    mutating func beginLoop(_ frame: FrameID, _ loop: ForLoop) throws(WorkflowError) {
        let items = try evaluate(loop.in, on: self[frame].input, Scope(frame, hasInput: true))
        guard case .array = items else {
            throw WorkflowError(.expression, detail: "for.in gave \(items.typeName) where an array belongs")
        }
        self[frame].phase = .body
        self[frame].loop = Frame.Loop(items: try insert(items))
        try beginTurn(frame, loop, input: self[frame].input)
    }

    /// The list of one turn has ended.
    mutating func endTurn(_ frame: FrameID) throws(WorkflowError) {
        guard case .for(let loop) = node(frame).task.kind else { return }
        self[frame].loop?.index += 1
        try beginTurn(frame, loop, input: self[frame].result)
    }

    /// A turn's input is the output of the turn before; without a further item it is the loop's output.
    private mutating func beginTurn(_ frame: FrameID, _ loop: ForLoop, input: ValueID) throws(WorkflowError) {
        guard let turns = self[frame].loop, state.values[turns.items][turns.index] != nil else {
            return try finish(frame, with: input)
        }
        let scope = Scope(frame, hasInput: true, bindsOwn: true)
        if let condition = loop.while, !(try test(condition, on: input, scope)) {
            return try finish(frame, with: input)
        }
        if !startList(of: frame, input: input) { try finish(frame, with: input) }
    }
}
