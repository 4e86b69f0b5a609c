import JSON
import WorkflowDefinition

extension Interpreter {
    /// Brings an event to the frame that waits for it.
    mutating func take(_ event: Event) {
        switch event {
        case .start:
            guard state.frames.isEmpty else { return }
            enqueue(allocate(Frame(node: plan.root, parent: .none, index: 0, rawInput: state.input)))
        case .resume: resume()
        case .activityCompleted(let id, let output): complete(id, output)
        case .activityFailed(let id, let error): fail(id, error)
        case .activityCancelled(let id): fail(id, WorkflowError(.runtime, detail: "the activity was cancelled"))
        case .timerFired(let id): fire(id)
        case .cancelRequested(let reason): close(.cancelled(reason: reason), with: .cancelled(reason: reason))
        case .drain: state.isDraining = true
        case .reseed(let seed): state.random = SplitMix64(state: seed)
        }
    }

    private mutating func complete(_ id: ActivityID, _ output: JSONValue) {
        guard let frame = state.activities.close(id) else { return }
        self[frame].activity = 0
        if enhancement(around: frame) != nil, let function = node(frame).task.kind.function {
            state.log.addFunction(function)
        }
        do throws(WorkflowError) {
            self[frame].result = try insert(output)
            enqueue(frame)
        } catch {
            fail(frame, error)
        }
    }

    private mutating func fail(_ id: ActivityID, _ error: WorkflowError) {
        guard let frame = state.activities.close(id) else { return }
        self[frame].activity = 0
        // An activity does not know where it was called from.
        var error = error
        error.type = ErrorType.canonical(error.type)
        error.instance = ""
        fail(frame, error)
    }

    private mutating func fire(_ id: TimerID) {
        guard let timer = state.timers.close(id) else { return }
        let frame = timer.frame
        switch timer.purpose {
        case .wait:
            self[frame].timer = 0
            enqueue(frame)
        case .timeout:
            self[frame].timeout = 0
            fail(frame, WorkflowError(.timeout, detail: "the time allowed for '\(node(frame).task.name)' is over"))
        case .attempt:
            self[frame].attempts?.timer = 0
            let detail = "the time allowed for an attempt of '\(node(frame).task.name)' is over"
            fail(frame, WorkflowError(.timeout, detail: detail), comesFromInside: true)
        }
    }

    /// The first event of a run that goes on from a snapshot: timers run on until their deadlines, steps that were held
    /// back begin. Both sequences count from 1 again, because they name what this run asks for.
    private mutating func resume() {
        state.isDraining = false
        let timers = state.timers
        state.timers = OpenTable()
        state.activities = OpenTable()
        for (_, timer) in timers.entries {
            let id = state.timers.open(timer)
            let remaining = max(0, timer.deadline.milliseconds - turn.now.milliseconds)
            turn.effects.append(.startTimer(id, milliseconds: remaining, summary: timerSummary(timer)))
            switch timer.purpose {
            case .wait: self[timer.frame].timer = id
            case .timeout: self[timer.frame].timeout = id
            case .attempt: self[timer.frame].attempts?.timer = id
            }
        }
        if state.frames.isEmpty { return take(.start) }
        for frame in state.frames.indices.reversed() where state.frames[frame].phase == .begin {
            enqueue(FrameID(frame))
        }
    }
}
