import JSON
import WorkflowDefinition

extension Snapshot {
    /// The run's context and state; every reference in it is checked.
    func decoded(plan: Plan) throws(SnapshotError) -> (RunContext, State) {
        guard format == Int64(Self.formatVersion) else {
            throw SnapshotError(
                message: "a snapshot of format \(format.map(String.init) ?? "?"), not \(Self.formatVersion)")
        }
        guard let engine, engine <= Interpreter.engineVersion else {
            throw SnapshotError(message: "the snapshot was taken by a newer engine")
        }
        let decoder = SnapshotDecoder(plan: plan)
        return try decoder.decode(json)
    }
}

private struct SnapshotDecoder {
    let plan: Plan
    private let numbers: [JSONPointer: Int32]

    init(plan: Plan) {
        self.plan = plan
        numbers = plan.numbers()
    }

    func decode(_ json: JSONValue) throws(SnapshotError) -> (RunContext, State) {
        let context = try context(json["context"])
        var state = State(random: SplitMix64(state: UInt64(bitPattern: try integer(json["random"]))))
        let strings = SharedStrings(list: try array(json["texts"]))
        let values = try self.values(json["values"], strings, into: &state.values)
        let slots = try array(json["frames"])
        for slot in slots { state.frames.append(try frame(slot, values, count: slots.count)) }
        state.freeFrames = try frameIDs(json["free"], count: slots.count)
        state.input = try value(json["input"], values)
        state.context = try value(json["exported"], values)
        state.activities = try table(json["activities"]) { fields throws(SnapshotError) in
            try frameID(fields[1], count: slots.count)
        }
        state.timers = try table(json["timers"]) { fields throws(SnapshotError) in
            guard let purpose = fields[2]?.string.flatMap(Timer.Purpose.init(rawValue:)) else {
                throw damaged("a timer")
            }
            return Timer(
                frame: try frameID(fields[1], count: slots.count), purpose: purpose,
                deadline: Instant(milliseconds: try integer(fields[3])))
        }
        state.log = try log(json["log"] ?? .null)
        state.isDraining = json["draining"]?.bool ?? false
        state.outcome = try outcome(json["outcome"], strings)
        try check(state)
        return (context, state)
    }

    /// Frames that are in use hang together as one tree below the first; what is open belongs to the frame that waits for it.
    private func check(_ state: State) throws(SnapshotError) {
        for (id, frame) in state.frames.enumerated() where frame.phase != .free {
            guard (frame.parent == .none) == (id == 0), hasRoot(frame, state) else {
                throw damaged("the tree of frames")
            }
            var children = frame.child == .none ? [] : [(frame.child, frame.cursor)]
            for (index, child) in (frame.fork?.children ?? []).enumerated() where child != .none {
                children.append((child, Int32(index)))
            }
            let list = plan.nodes[Int(frame.node)].parts.list(in: frame.phase)
            for (child, index) in children {
                let frame = state.frames[Int(child)]
                guard frame.phase != .free, frame.parent == id, frame.index == index, index < list.count,
                    list[Int(index)] == frame.node
                else { throw damaged("the tree of frames") }
            }
        }
        for (id, frame) in state.activities.entries {
            guard frame >= 0, state.frames[Int(frame)].phase == .call, state.frames[Int(frame)].activity == id else {
                throw damaged("an open activity")
            }
        }
        for (id, timer) in state.timers.entries {
            guard timer.frame >= 0, state.frames[Int(timer.frame)].phase != .free,
                state.frames[Int(timer.frame)].timer(for: timer.purpose) == id
            else { throw damaged("an open timer") }
        }
        let free = Set(state.freeFrames)
        guard free.count == state.freeFrames.count, free.allSatisfy({ $0 >= 0 && state.frames[Int($0)].phase == .free })
        else { throw damaged("the list of frames") }
    }

    private func hasRoot(_ frame: Frame, _ state: State) -> Bool {
        var frame = frame
        for _ in 0...plan.nodes.count {
            guard frame.parent != .none else { return true }
            frame = state.frames[Int(frame.parent)]
            if frame.phase == .free { return false }
        }
        return false
    }

    private func frame(_ json: JSONValue, _ values: [ValueID], count: Int) throws(SnapshotError) -> Frame {
        guard !json.isNull else {
            var free = Frame(node: 0, parent: .none, index: 0, rawInput: .none)
            free.phase = .free
            return free
        }
        guard let path = json["task"]?.string.flatMap({ JSONPointer($0) }), let node = numbers[path] else {
            let path = json["task"]?.string ?? ""
            throw SnapshotError(message: "the definition has no task at '\(path)', where the run stands")
        }
        guard let phase = json["phase"]?.string.flatMap(Frame.Phase.init(rawValue:)) else { throw damaged("a frame") }
        var frame = Frame(
            node: node, parent: try frameID(json["parent"], count: count), index: try small(json["index"]),
            rawInput: try value(json["raw"], values))
        frame.phase = phase
        frame.input = try value(json["input"], values)
        frame.result = try value(json["result"], values)
        frame.startedAt = Instant(milliseconds: try integer(json["at"]))
        frame.step = Int(try integer(json["step"]))
        frame.hasFallenBack = json["fallen"]?.bool ?? false
        frame.child = try json["child"].map { json throws(SnapshotError) in try frameID(json, count: count) } ?? .none
        frame.cursor = try small(json["cursor"] ?? 0)
        frame.directive = try directive(json["then"] ?? 0)
        frame.activity = try sequence(json["activity"] ?? 0)
        frame.timer = try sequence(json["timer"] ?? 0)
        frame.timeout = try sequence(json["timeout"] ?? 0)
        frame.enhancementTimeout = try integer(json["limit"] ?? 0)
        if let loop = json["loop"] {
            frame.loop = Frame.Loop(items: try value(loop[0], values), index: Int(try small(loop[1])))
        }
        if let attempts = json["attempts"] {
            frame.attempts = Frame.Attempts(
                number: Int(try small(attempts[0])), since: Instant(milliseconds: try integer(attempts[1])),
                timer: try sequence(attempts[2]), error: try value(attempts[3], values))
        }
        if let fork = json["fork"] {
            let children = try frameIDs(fork[0], count: count)
            let outputs = try array(fork[1]).map { json throws(SnapshotError) in try value(json, values) }
            guard children.count == outputs.count, children.count == plan.nodes[Int(node)].parts.body.count else {
                throw damaged("a fork")
            }
            frame.fork = Frame.Fork(
                children: children, outputs: outputs, running: Int(try small(fork[2])),
                error: try value(fork[3], values))
        }
        return frame
    }

    private func values(
        _ json: JSONValue?, _ strings: SharedStrings, into table: inout ValueTable
    ) throws(SnapshotError) -> [ValueID] {
        var ids: [ValueID] = []
        for packed in try array(json) {
            let value = try strings.unpack(packed)
            ids.append(table.insert(value, size: value.approximateSize(limit: Budget.valueBytes)))
        }
        return ids
    }

    private func table<Element>(
        _ json: JSONValue?, _ element: (JSONValue) throws(SnapshotError) -> Element
    ) throws(SnapshotError) -> OpenTable<Element> {
        let rows = try array(json)
        let last = try sequence(rows.first)
        var entries: [(id: UInt32, element: Element)] = []
        for row in rows.dropFirst() {
            let id = try sequence(row[0])
            guard id > entries.last?.id ?? 0, id <= last else { throw damaged("the order of what is open") }
            entries.append((id, try element(row)))
        }
        return OpenTable(entries: entries, last: last)
    }

    private func log(_ json: JSONValue) throws(SnapshotError) -> StepLog {
        var steps: [Step] = []
        for step in try array(json["steps"]) {
            guard let step = Step(json: step) else { throw damaged("a step") }
            steps.append(step)
        }
        return StepLog(
            steps: steps, count: Int(try integer(json["count"])), cutAt: Int(try integer(json["cut"])),
            enhancements: try array(json["enhancements"]).compactMap { EnhancementUse(json: $0) },
            hasFallenBack: json["fallen"]?.bool ?? false,
            functions: try array(json["functions"]).compactMap { $0.string })
    }

    private func outcome(_ json: JSONValue?, _ strings: SharedStrings) throws(SnapshotError) -> Outcome? {
        guard let json else { return nil }
        if let output = json["completed"] { return .completed(try strings.unpack(output)) }
        if let error = json["failed"].flatMap({ WorkflowError(json: $0) }) { return .failed(error) }
        return json["cancelled"]?.string.map { .cancelled(reason: $0) }
    }

    private func context(_ json: JSONValue?) throws(SnapshotError) -> RunContext {
        guard let id = json?["id"]?.string, let tier = json?["tier"]?.string, let version = json?["version"]?.string,
            let isEnhanced = json?["ai"]?.bool
        else { throw damaged("the context") }
        var pointsOff: [String: String] = [:]
        for (point, reason) in json?["points_off"]?.object ?? [:] { pointsOff[point] = reason.string }
        return RunContext(
            executionID: id, startedAt: Instant(milliseconds: try integer(json?["started"])), aiEnhanced: isEnhanced,
            tier: tier, pointsOff: pointsOff, randomSeed: UInt64(bitPattern: try integer(json?["seed"])),
            runtimeVersion: version)
    }

    private func directive(_ json: JSONValue) throws(SnapshotError) -> FlowDirective {
        if let name = json.string { return .task(name) }
        return switch try integer(json) {
        case 0: .continue
        case 1: .exit
        default: .end
        }
    }

    // MARK: Parts

    private func damaged(_ what: String) -> SnapshotError { SnapshotError(message: "the snapshot is damaged: \(what)") }

    private func array(_ json: JSONValue?) throws(SnapshotError) -> [JSONValue] {
        guard let array = json?.array else { throw damaged("a list is missing") }
        return array
    }

    private func integer(_ json: JSONValue?) throws(SnapshotError) -> Int64 {
        guard let integer = json?.integer else { throw damaged("a number is missing") }
        return integer
    }

    private func small(_ json: JSONValue?) throws(SnapshotError) -> Int32 {
        guard let number = Int32(exactly: try integer(json)), number >= 0 else {
            throw damaged("a number is out of range")
        }
        return number
    }

    private func sequence(_ json: JSONValue?) throws(SnapshotError) -> UInt32 {
        guard let number = UInt32(exactly: try integer(json)) else { throw damaged("a number is out of range") }
        return number
    }

    /// -1 stands for none.
    private func frameID(_ json: JSONValue?, count: Int) throws(SnapshotError) -> FrameID {
        guard let id = FrameID(exactly: try integer(json)), id >= -1, id < count else {
            throw damaged("a frame's number")
        }
        return id
    }

    private func frameIDs(_ json: JSONValue?, count: Int) throws(SnapshotError) -> [FrameID] {
        try array(json).map { json throws(SnapshotError) in try frameID(json, count: count) }
    }

    private func value(_ json: JSONValue?, _ values: [ValueID]) throws(SnapshotError) -> ValueID {
        let number = try integer(json)
        guard number >= -1, number < values.count else { throw damaged("a value's number") }
        return number < 0 ? .none : values[Int(number)]
    }
}
