import Foundation
import Temporal

/// A small workflow engine for tests: it does an action tree that is its input, and its result is the log of what happened.
struct KitchenSink: WorkflowMachine {
    private var root: Branch
    private var stage: Stage
    /// Activities whose end a cancelled workflow waits for.
    private var cancelling: Set<Seq>?

    init(start: WorkflowStart) throws(MachineFault) {
        guard start.workflowType == "KitchenSink" else {
            throw MachineFault("workflow type \(start.workflowType) is for another worker", kind: .leaveToOthers)
        }
        guard let input = start.input.first, let actions = try? JSONDecoder().decode([Action].self, from: input.data)
        else {
            throw MachineFault("the input is no list of actions")
        }
        root = Branch(actions: actions)
        stage = Stage()
    }

    mutating func activate(_ task: Activation) throws(MachineFault) -> Turn {
        stage.commands = []
        if task.jobs.isEmpty { proceed() }
        for job in task.jobs {
            switch job {
            case .signal(let call):
                stage.signals[call.name, default: 0] += 1
                // In its text, so that order shows.
                for payload in call.input { stage.log.append(String(decoding: payload.data, as: UTF8.self)) }
            case .cancelRequested: cancel()
            default: root.deliver(job, &stage)
            }
            if case .activity(let seq, let resolution)? = Optional(job), cancelling?.remove(seq) != nil {
                stage.log.append("\(seq) \(Branch.text(resolution))")
            }
            proceed()
        }
        // Only now, so that the result has what later jobs of this task brought.
        if let end = stage.closing {
            return Turn(commands: stage.commands + [end.isCompletion ? .complete(result) : end])
        }
        return Turn(commands: stage.commands)
    }

    private mutating func proceed() {
        guard stage.closing == nil else { return }
        if let cancelling {
            if cancelling.isEmpty { stage.closing = .cancelled([result]) }
            return
        }
        root.advance(&stage)
        if stage.closing == nil, root.isDone { stage.closing = .complete(result) }
    }

    private mutating func cancel() {
        cancelling = []
        root.cancel(&stage) { cancelling?.insert($0) }
    }

    private var result: Payload { (try? DataConverter.encode(stage.log)) ?? .null }

    func query(_ query: QueryCall) throws(Failure) -> Payload {
        guard query.name == "log" else { throw .application("unknown query \(query.name)", type: "UnknownQuery") }
        return result
    }

    var metadata: WorkflowMetadata {
        WorkflowMetadata(
            queries: [.init(name: "log", description: "What happened")], currentDetails: "Step \(stage.log.count)")
    }

    var footprint: Int { stage.log.reduce(0) { $0 + $1.utf8.count } }
}

extension Command {
    fileprivate var isCompletion: Bool { if case .complete = self { true } else { false } }
}

/// What all branches of a run share.
struct Stage: Sendable {
    var commands: [Command] = []
    var closing: Command?
    var signals: [String: Int] = [:]
    var log: [String] = []
    var lastActivity: Seq = 0
    var lastTimer: Seq = 0
}

/// Actions done one after another.
struct Branch: Sendable {
    private indirect enum Wait: Sendable {
        case nothing
        case timer(Seq)
        case activity(Seq, Action.Activity)
        case signal(String)
        case branches([Branch], isRace: Bool)
    }

    private let actions: [Action]
    private var index = 0
    private var wait = Wait.nothing

    init(actions: [Action]) { self.actions = actions }

    var isDone: Bool {
        if case .nothing = wait { index == actions.count } else { false }
    }

    /// Does what can be done now.
    mutating func advance(_ stage: inout Stage) {
        while stage.closing == nil {
            switch wait {
            case .timer, .activity: return
            case .signal(let name):
                guard let waiting = stage.signals[name], waiting > 0 else { return }
                stage.signals[name] = waiting - 1
                wait = .nothing
            case .branches(var branches, let isRace):
                for index in branches.indices { branches[index].advance(&stage) }
                let ended = branches.count(where: \.isDone)
                guard isRace ? ended > 0 : ended == branches.count else {
                    wait = .branches(branches, isRace: isRace)
                    return
                }
                for index in branches.indices { branches[index].cancel(&stage) { _ in } }
                wait = .nothing
            case .nothing:
                guard index < actions.count else { return }
                index += 1
                begin(actions[index - 1], &stage)
            }
        }
    }

    private mutating func begin(_ action: Action, _ stage: inout Stage) {
        if let activity = action.activity {
            stage.lastActivity += 1
            stage.commands.append(.scheduleActivity(stage.lastActivity, activity.options))
            wait = .activity(stage.lastActivity, activity)
        } else if let seconds = action.sleep {
            stage.lastTimer += 1
            stage.commands.append(.startTimer(stage.lastTimer, .seconds(seconds), summary: "sleep"))
            wait = .timer(stage.lastTimer)
        } else if let name = action.signal {
            wait = .signal(name)
        } else if let branches = action.parallel ?? action.race {
            wait = .branches(branches.map(Branch.init), isRace: action.race != nil)
        } else if let text = action.say {
            stage.log.append(text)
        } else if let text = action.fail {
            stage.closing = .fail(.application(text, type: "KitchenFire"))
        } else if let next = action.continueAsNew, let input = try? DataConverter.encode(next) {
            stage.closing = .continueAsNew(ContinueAsNew(input: [input]))
        }
    }

    /// Takes a job to the action that waits for it.
    mutating func deliver(_ job: Job, _ stage: inout Stage) {
        switch (wait, job) {
        case (.timer(let seq), .timerFired(let fired)) where seq == fired: wait = .nothing
        case (.activity(let seq, let activity), .activity(let ended, let resolution)) where seq == ended:
            wait = .nothing
            switch resolution {
            case .completed: stage.log.append(Self.text(resolution))
            case .failed(let failure), .cancelled(let failure):
                if activity.isCaught == true {
                    stage.log.append(Self.text(resolution))
                } else {
                    stage.closing = .fail(failure)
                }
            }
        case (.branches(var branches, let isRace), _):
            for index in branches.indices { branches[index].deliver(job, &stage) }
            wait = .branches(branches, isRace: isRace)
        default: break
        }
    }

    /// Cancels what is open; tells of the activities whose end is to be waited for.
    mutating func cancel(_ stage: inout Stage, waitingFor: (Seq) -> Void) {
        switch wait {
        case .timer(let seq): stage.commands.append(.cancelTimer(seq))
        case .activity(let seq, let activity):
            stage.commands.append(.cancelActivity(seq))
            if activity.cancellation == "wait" { waitingFor(seq) }
        case .branches(var branches, _):
            for index in branches.indices { branches[index].cancel(&stage, waitingFor: waitingFor) }
        case .nothing, .signal: break
        }
        wait = .nothing
        index = actions.count
    }

    static func text(_ resolution: Resolution) -> String {
        switch resolution {
        case .completed(let payload): payload.map { String(decoding: $0.data, as: UTF8.self) } ?? "nil"
        case .failed(let failure): "\(failure)"
        case .cancelled: "cancelled"
        }
    }
}

extension Action.Activity {
    fileprivate var options: ActivityOptions {
        let payload = input.flatMap { try? DataConverter.encode($0) }
        var options = ActivityOptions(activityType: type, taskQueue: queue ?? "", input: payload.map { [$0] } ?? [])
        options.startToClose = .seconds(startToClose ?? 10)
        options.heartbeat = heartbeat.map { .seconds($0) }
        options.retry = RetryPolicy(initialInterval: .milliseconds(50), maximumAttempts: attempts ?? 1)
        options.cancellation =
            switch cancellation {
            case "wait": .waitCompleted
            case "abandon": .abandon
            default: .tryCancel
            }
        options.summary = "kitchen"
        return options
    }
}
