import Temporal

/// A machine that answers its n-th activation with the n-th list of commands of a script, and remembers what it was told.
struct ScriptMachine: WorkflowMachine {
    @TaskLocal static var script: [[Command]] = []

    let start: WorkflowStart
    private let script: [[Command]]
    private(set) var activations: [Activation] = []

    init(start: WorkflowStart) {
        self.start = start
        script = Self.script
    }

    mutating func activate(_ task: Activation) throws(MachineFault) -> Turn {
        activations.append(task)
        return Turn(commands: activations.count <= script.count ? script[activations.count - 1] : [], notes: ["note"])
    }

    func validate(_ update: UpdateCall) throws(Failure) {
        guard update.name != "rejected" else { throw .application("rejected is not wanted", type: "Rejected") }
    }

    func query(_ query: QueryCall) throws(Failure) -> Payload {
        guard query.name == "activations" else {
            throw .application("unknown query \(query.name)", type: "UnknownQuery")
        }
        return .json(.init("\(activations.count)".utf8))
    }

    var footprint: Int { activations.count * MemoryLayout<Activation>.stride }
    var jobs: [String] { activations.flatMap(\.jobs).map(describe) }
}

/// One line a job, for comparison.
func describe(_ job: Job) -> String {
    switch job {
    case .signal(let call): "signal \(call.name)"
    case .update(let call): "update \(call.id) \(call.name)"
    case .childStarted(let seq, .success(let runID)): "child \(seq) started \(runID)"
    case .childStarted(let seq, .failure(let failure)): "child \(seq) not started: \(failure)"
    case .child(let seq, .completed(let payload)): "child \(seq) completed \(payload.map(text) ?? "nil")"
    case .child(let seq, .failed(let failure)): "child \(seq) failed: \(failure)"
    case .child(let seq, .cancelled(let failure)): "child \(seq) cancelled: \(failure)"
    case .externalSignal(let seq, let failure): "signal \(seq) \(failure.map { "failed: \($0)" } ?? "sent")"
    case .externalCancel(let seq, let failure): "cancel \(seq) \(failure.map { "failed: \($0)" } ?? "sent")"
    case .cancelRequested(let reason): "cancel requested \(reason)"
    case .timerFired(let seq): "timer \(seq) fired"
    case .activity(let seq, .completed(let payload)): "activity \(seq) completed \(payload.map(text) ?? "nil")"
    case .activity(let seq, .failed(let failure)): "activity \(seq) failed: \(failure)"
    case .activity(let seq, .cancelled(let failure)): "activity \(seq) cancelled: \(failure)"
    case .reseed: "reseed"
    }
}

func text(_ payload: Payload) -> String { String(decoding: payload.data, as: UTF8.self) }

extension Command {
    static func schedule(
        _ seq: Seq, _ type: String = "work", cancellation: ActivityOptions.CancellationType = .tryCancel
    ) -> Command {
        var options = ActivityOptions(activityType: type, taskQueue: "", input: [])
        options.cancellation = cancellation
        return .scheduleActivity(seq, options)
    }
    static func timer(_ seq: Seq) -> Command { .startTimer(seq, .seconds(1), summary: "") }
    static let done = Command.complete(.null)
}

/// Folds a history through a script.
func fold(_ history: RecordedHistory, _ script: [[Command]]) throws -> WorkflowRun<ScriptMachine> {
    try ScriptMachine.$script.withValue(script) {
        var run = WorkflowRun<ScriptMachine>(namespace: "default", workflowID: "w", runID: "run")
        try run.apply(history: history.events)
        return run
    }
}
