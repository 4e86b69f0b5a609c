import JSON
import WorkflowDefinition

extension Interpreter {
    /// A task has failed: the error rises to the nearest enhancement point or `try` that takes it, or ends the workflow.
    mutating func fail(_ frame: FrameID, _ raised: WorkflowError, comesFromInside: Bool = false) {
        var frame = frame
        var error = raised
        var comesFromInside = comesFromInside
        if error.instance.isEmpty { error.instance = instance(of: frame) }
        if turn.isExhausted { return close(.failed(error), with: .fail(error)) }
        while true {
            cancelInside(frame)
            if comesFromInside, case .try(let block) = node(frame).task.kind, self[frame].phase == .body {
                do throws(WorkflowError) {
                    if try handle(frame, block.catch, error) { return }
                } catch let other {
                    error = located(other, at: frame)
                    cancelInside(frame)
                }
            }
            if let enhancement = node(frame).task.enhancement, !self[frame].hasFallenBack {
                do throws(WorkflowError) {
                    if try fallBack(frame, enhancement, error) { return }
                } catch let other {
                    error = located(other, at: frame)
                    cancelInside(frame)
                }
            }
            if turn.isExhausted { return close(.failed(error), with: .fail(error)) }
            endStep(frame, .failed, error)
            let parent = self[frame].parent
            guard parent != .none else { return close(.failed(error), with: .fail(error)) }
            let index = Int(self[frame].index)
            release(frame)
            if node(parent).isFork, self[parent].phase == .body {
                guard let outcome = branchFailed(parent, index, error) else { return }
                error = outcome
            } else {
                self[parent].child = .none
            }
            frame = parent
            comesFromInside = true
        }
    }

    private func located(_ error: WorkflowError, at frame: FrameID) -> WorkflowError {
        guard error.instance.isEmpty else { return error }
        var error = error
        error.instance = instance(of: frame)
        return error
    }

    /// The task's position; the workflow's own errors come from its root.
    private func instance(of frame: FrameID) -> String {
        let position = node(frame).position
        return position.isEmpty ? "/" : position
    }
}
