import JSON
import WorkflowDefinition

extension Interpreter {
    mutating func startBranches(_ frame: FrameID, _ node: PlanNode, count: Int) throws(WorkflowError) {
        guard count > 0 else {
            return try finish(frame, with: isCompeting(frame) ? self[frame].input : insert([]))
        }
        let input = self[frame].input
        self[frame].phase = .body
        var children: [FrameID] = []
        for (index, branch) in node.parts.body.enumerated() {
            children.append(allocate(Frame(node: branch, parent: frame, index: Int32(index), rawInput: input)))
        }
        self[frame].fork = Frame.Fork(
            children: children, outputs: Array(repeating: .none, count: count), running: count)
        // The first branch first: what is ready last runs first.
        for child in children.reversed() { enqueue(child) }
    }

    mutating func branchEnded(_ frame: FrameID, _ index: Int, output: ValueID) {
        self[frame].fork?.children[index] = .none
        self[frame].fork?.outputs[index] = output
        self[frame].fork?.running -= 1
        if isCompeting(frame) {
            self[frame].result = output
            enqueue(frame)
        } else if self[frame].fork?.running == 0 {
            enqueue(frame)
        }
    }

    /// The error that the fork fails with, nil while a competitor may still win.
    mutating func branchFailed(_ frame: FrameID, _ index: Int, _ error: WorkflowError) -> WorkflowError? {
        self[frame].fork?.children[index] = .none
        self[frame].fork?.running -= 1
        guard isCompeting(frame) else { return error }
        if self[frame].fork?.error == ValueID.none {
            let document = error.json
            let id = state.values.insert(document, size: document.approximateSize(limit: Budget.valueBytes))
            self[frame].fork?.error = id
        }
        guard self[frame].fork?.running == 0 else { return nil }
        return WorkflowError(json: state.values[self[frame].fork?.error ?? .none]) ?? error
    }

    /// All branches have ended, or the first of competing ones has.
    mutating func joinBranches(_ frame: FrameID) throws(WorkflowError) {
        guard !isCompeting(frame) else {
            cancelInside(frame)
            return try finish(frame, with: self[frame].result)
        }
        let outputs = (self[frame].fork?.outputs ?? []).map { state.values[$0] }
        try finish(frame, with: insert(.array(outputs)))
    }

    private func isCompeting(_ frame: FrameID) -> Bool {
        if case .fork(_, let compete) = node(frame).task.kind { compete } else { false }
    }
}
