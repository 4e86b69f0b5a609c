import JSON
import WorkflowDefinition

extension Snapshot {
    init(context: RunContext, state: State, plan: Plan) {
        var encoder = SnapshotEncoder(state: state, plan: plan)
        let frames = state.frames.map { encoder.frame($0) }
        let members: JSONObject = [
            "format": .integer(Int64(Self.formatVersion)),
            "engine": .integer(Int64(Interpreter.version(forPointsOff: context.pointsOff))),
            "context": SnapshotEncoder.context(context), "frames": .array(frames),
            "free": .array(state.freeFrames.map { .integer(Int64($0)) }),
            "input": encoder.value(state.input), "exported": encoder.value(state.context),
            "activities": encoder.table(state.activities) { [.integer(Int64($0))] },
            "timers": encoder.table(state.timers) {
                [.integer(Int64($0.frame)), .string($0.purpose.rawValue), .integer($0.deadline.milliseconds)]
            },
            "log": SnapshotEncoder.log(state.log), "random": .integer(Int64(bitPattern: state.random.state)),
            "draining": .bool(state.isDraining), "outcome": encoder.outcome(state.outcome),
        ]
        var object = members
        // Last, when every value has its number.
        object["values"] = .array(encoder.values)
        object["texts"] = .array(encoder.strings.list)
        self.init(json: .object(object))
    }
}

/// Numbers values in the order of their first use, so that a state and its restored self encode alike.
private struct SnapshotEncoder {
    let state: State
    let plan: Plan
    var values: [JSONValue] = []
    var strings = SharedStrings()
    private var numbers: [ValueID: Int64] = [:]

    init(state: State, plan: Plan) {
        self.state = state
        self.plan = plan
    }

    /// -1: none.
    mutating func value(_ id: ValueID) -> JSONValue {
        guard id != .none else { return -1 }
        if let number = numbers[id] { return .integer(number) }
        let number = Int64(values.count)
        numbers[id] = number
        values.append(strings.pack(state.values[id]))
        return .integer(number)
    }

    mutating func frame(_ frame: Frame) -> JSONValue {
        guard frame.phase != .free else { return .null }
        var object: JSONObject = [
            "task": .string(plan.nodes[Int(frame.node)].path.description), "parent": .integer(Int64(frame.parent)),
            "index": .integer(Int64(frame.index)), "phase": .string(frame.phase.rawValue),
            "raw": value(frame.rawInput), "input": value(frame.input), "result": value(frame.result),
            "at": .integer(frame.startedAt.milliseconds), "step": .integer(Int64(frame.step)),
        ]
        if frame.hasFallenBack { object["fallen"] = true }
        if frame.child != .none { object["child"] = .integer(Int64(frame.child)) }
        if frame.cursor != 0 { object["cursor"] = .integer(Int64(frame.cursor)) }
        if frame.directive != .continue { object["then"] = Self.directive(frame.directive) }
        if frame.activity != 0 { object["activity"] = .integer(Int64(frame.activity)) }
        if frame.timer != 0 { object["timer"] = .integer(Int64(frame.timer)) }
        if frame.timeout != 0 { object["timeout"] = .integer(Int64(frame.timeout)) }
        if frame.enhancementTimeout != 0 { object["limit"] = .integer(frame.enhancementTimeout) }
        if let loop = frame.loop { object["loop"] = [value(loop.items), .integer(Int64(loop.index))] }
        if let attempts = frame.attempts {
            object["attempts"] = [
                .integer(Int64(attempts.number)), .integer(attempts.since.milliseconds),
                .integer(Int64(attempts.timer)), value(attempts.error),
            ]
        }
        if let fork = frame.fork {
            let outputs = fork.outputs.map { value($0) }
            object["fork"] = [
                .array(fork.children.map { .integer(Int64($0)) }), .array(outputs), .integer(Int64(fork.running)),
                value(fork.error),
            ]
        }
        return .object(object)
    }

    func table<Element>(_ table: OpenTable<Element>, _ fields: (Element) -> [JSONValue]) -> JSONValue {
        .array(
            [.integer(Int64(table.last))] + table.entries.map { .array([.integer(Int64($0.id))] + fields($0.element)) })
    }

    mutating func outcome(_ outcome: Outcome?) -> JSONValue {
        switch outcome {
        case nil: .null
        case .completed(let output): ["completed": strings.pack(output)]
        case .failed(let error): ["failed": error.json]
        case .cancelled(let reason): ["cancelled": .string(reason)]
        // The snapshot is what the next run begins with.
        case .continued: .null
        }
    }

    static func directive(_ directive: FlowDirective) -> JSONValue {
        switch directive {
        case .continue: 0
        case .exit: 1
        case .end: 2
        case .task(let name): .string(name)
        }
    }

    static func context(_ context: RunContext) -> JSONValue {
        var object: JSONObject = [
            "id": .string(context.executionID), "started": .integer(context.startedAt.milliseconds),
            "ai": .bool(context.aiEnhanced), "tier": .string(context.tier),
            "seed": .integer(Int64(bitPattern: context.randomSeed)), "version": .string(context.runtimeVersion),
        ]
        if !context.pointsOff.isEmpty {
            object["points_off"] = .object(
                JSONObject(context.pointsOff.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) })
            )
        }
        return .object(object)
    }

    static func log(_ log: StepLog) -> JSONValue {
        [
            "count": .integer(Int64(log.count)), "cut": .integer(Int64(log.cutAt)), "fallen": .bool(log.hasFallenBack),
            "functions": .array(log.functions.map { .string($0) }),
            "enhancements": .array(log.enhancements.map { $0.json }), "steps": .array(log.steps.map { $0.json }),
        ]
    }
}
