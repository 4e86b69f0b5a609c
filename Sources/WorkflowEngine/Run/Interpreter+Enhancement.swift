import JSON
import WorkflowDefinition

extension Interpreter {
    /// Why an enhancement point does not even begin; nil when it does.
    func declineReason(_ enhancement: Enhancement) -> String? {
        if !context.aiEnhanced { return "not_requested" }
        if !enhancement.tiers.contains(context.tier) { return "not_entitled" }
        return context.pointsOff[enhancement.id]
    }

    /// Gives the fallback of a point that does not begin. Where the author wants the fault, only a tenant that asked
    /// without being entitled gets it; a run that did not ask, or in which the point is off, goes on with the task's input.
    mutating func decline(_ frame: FrameID, _ enhancement: Enhancement, _ reason: String) throws(WorkflowError) {
        if case .fault = enhancement.fallback {
            guard reason == "not_entitled" else {
                startFallback(frame, enhancement, reason, nil)
                return try finish(frame, with: self[frame].input)
            }
            throw WorkflowError(
                .authorization,
                detail: "the tier '\(context.tier)' is not entitled to the enhancement '\(enhancement.id)'")
        }
        startFallback(frame, enhancement, reason, nil)
        try giveFallback(frame, enhancement)
    }

    /// Takes an error of an enhancement point; false: the author wants the fault.
    mutating func fallBack(
        _ frame: FrameID, _ enhancement: Enhancement, _ error: WorkflowError
    ) throws(WorkflowError) -> Bool {
        let reason = declineReason(enhancement) ?? error.fallbackReason
        if case .fault = enhancement.fallback {
            note(
                frame,
                EnhancementUse(
                    id: enhancement.id, task: node(frame).task.name, used: false, reason: reason, detail: error.detail))
            return false
        }
        startFallback(frame, enhancement, reason, error.detail)
        if self[frame].input == .none { self[frame].input = self[frame].rawInput }
        try giveFallback(frame, enhancement)
        return true
    }

    private mutating func startFallback(
        _ frame: FrameID, _ enhancement: Enhancement, _ reason: String, _ detail: String?
    ) {
        self[frame].hasFallenBack = true
        state.log.hasFallenBack = state.log.hasFallenBack || context.aiEnhanced
        note(
            frame,
            EnhancementUse(
                id: enhancement.id, task: node(frame).task.name, used: false, reason: reason, detail: detail))
    }

    private mutating func giveFallback(_ frame: FrameID, _ enhancement: Enhancement) throws(WorkflowError) {
        let input = self[frame].input
        switch enhancement.fallback {
        case .value(let template):
            try finish(frame, with: insert(try evaluate(template, on: input, Scope(frame, hasInput: true))))
        case .tasks:
            self[frame].phase = .fallback
            if !startList(of: frame, input: input) { try finish(frame, with: input) }
        case .fault: break
        }
    }

    /// The task has ended: where it is an enhancement point, its own result is used.
    mutating func noteUse(_ frame: FrameID) {
        guard let enhancement = node(frame).task.enhancement, !self[frame].hasFallenBack else { return }
        note(frame, EnhancementUse(id: enhancement.id, task: node(frame).task.name, used: true))
    }

    /// Keeps what became of an enhancement point, in the log and at its step.
    mutating func note(_ frame: FrameID, _ use: EnhancementUse) {
        state.log.add(use, to: self[frame].step)
    }
}

extension WorkflowError {
    /// The error's type as the reason of a fallback.
    var fallbackReason: String {
        switch ErrorType(type) {
        case .timeout?: return "timed_out"
        case .communication?: return "unavailable"
        case _?: return "failed"
        case nil: break
        }
        let name = typeName
        let isWord =
            !name.isEmpty && name.utf8.count <= 40
            && name.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_") }
        return isWord ? name : "failed"
    }
}
