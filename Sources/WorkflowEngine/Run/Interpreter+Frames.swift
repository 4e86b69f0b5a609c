import JSON
import WorkflowDefinition

extension Interpreter {
    subscript(frame: FrameID) -> Frame {
        _read { yield state.frames[Int(frame)] }
        _modify { yield &state.frames[Int(frame)] }
    }

    func node(_ frame: FrameID) -> PlanNode { plan.nodes[Int(state.frames[Int(frame)].node)] }

    mutating func allocate(_ frame: Frame) -> FrameID {
        if let free = state.freeFrames.popLast() {
            self[free] = frame
            return free
        }
        state.frames.append(frame)
        return FrameID(state.frames.count - 1)
    }

    mutating func enqueue(_ frame: FrameID) {
        guard !self[frame].isQueued else { return }
        self[frame].isQueued = true
        state.ready.append(frame)
    }

    /// Cancels whatever runs inside a frame, the frame itself stays, with its timeout.
    mutating func cancelInside(_ frame: FrameID) {
        if self[frame].child != .none {
            cancel(self[frame].child)
            self[frame].child = .none
        }
        if self[frame].fork != nil {
            for branch in 0..<(self[frame].fork?.children.count ?? 0) {
                guard let child = self[frame].fork?.children[branch], child != .none else { continue }
                cancel(child)
                self[frame].fork?.children[branch] = .none
            }
        }
        if self[frame].activity != 0 {
            if state.activities.close(self[frame].activity) != nil {
                turn.effects.append(.cancelActivity(self[frame].activity))
            }
            self[frame].activity = 0
        }
        cancelTimer(self[frame].timer)
        self[frame].timer = 0
        if let timer = self[frame].attempts?.timer {
            cancelTimer(timer)
            self[frame].attempts?.timer = 0
        }
    }

    /// Frees a frame whose inside is done, and takes its timeout back.
    mutating func release(_ frame: FrameID) {
        cancelTimer(self[frame].timeout)
        if let timer = self[frame].attempts?.timer { cancelTimer(timer) }
        if self[frame].isQueued { state.ready.removeAll { $0 == frame } }
        self[frame] = Frame(node: 0, parent: .none, index: 0, rawInput: .none)
        self[frame].phase = .free
        state.freeFrames.append(frame)
    }

    private mutating func cancel(_ frame: FrameID) {
        cancelInside(frame)
        endStep(frame, .cancelled)
        release(frame)
    }

    // MARK: Timers

    mutating func startTimer(_ frame: FrameID, _ purpose: Timer.Purpose, milliseconds: Int64) -> TimerID {
        let timer = Timer(frame: frame, purpose: purpose, deadline: turn.now.advanced(byMilliseconds: milliseconds))
        let id = state.timers.open(timer)
        turn.effects.append(.startTimer(id, milliseconds: milliseconds, summary: timerSummary(timer)))
        return id
    }

    func timerSummary(_ timer: Timer) -> String {
        let name = node(timer.frame).task.name
        return switch timer.purpose {
        case .wait: name
        case .timeout: "\(name): timeout"
        case .attempt: "\(name): attempt's timeout"
        }
    }

    private mutating func cancelTimer(_ id: TimerID) {
        if id != 0, state.timers.close(id) != nil { turn.effects.append(.cancelTimer(id)) }
    }

    // MARK: Values

    mutating func insert(_ value: JSONValue) throws(WorkflowError) -> ValueID {
        state.values.insert(value, size: try checkedSize(value))
    }

    func checkedSize(_ value: JSONValue) throws(WorkflowError) -> Int {
        let size = value.approximateSize(limit: Budget.valueBytes)
        guard size <= Budget.valueBytes else {
            throw WorkflowError(
                .runtime,
                detail: "a value is larger than \(Budget.valueBytes >> 20) MiB, or nested deeper than "
                    + "\(Budget.valueDepth) levels; pass large data by reference")
        }
        return size
    }

    /// Drops the values that no frame holds. Only between two steps, when every id in use stands in the state.
    mutating func sweep() throws(WorkflowError) {
        var marks = [Bool](repeating: false, count: state.values.capacity)
        state.forEachValue { id in
            if id != .none { marks[Int(id.index)] = true }
        }
        state.values.sweep(keeping: marks)
        guard state.values.bytes <= Budget.stateBytes else {
            turn.isExhausted = true
            throw WorkflowError(
                .runtime,
                detail:
                    "the data of all running tasks is larger than \(Budget.stateBytes >> 20) MiB; pass large data by reference"
            )
        }
    }
}

extension State {
    /// Every id that the state holds, in a fixed order, repeats included.
    func forEachValue(_ body: (ValueID) -> Void) {
        body(input)
        body(context)
        for frame in frames where frame.phase != .free {
            body(frame.rawInput)
            body(frame.input)
            body(frame.result)
            if let loop = frame.loop { body(loop.items) }
            if let attempts = frame.attempts { body(attempts.error) }
            if let fork = frame.fork {
                fork.outputs.forEach(body)
                body(fork.error)
            }
        }
    }
}
