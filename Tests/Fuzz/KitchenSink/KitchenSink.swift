import Foundation
package import Temporal

/// A small workflow engine for tests: it does an action tree that is its input, and its result is the log of what happened.
///
/// The log is in the order of the tree, not of arrival, so that who knows the tree knows the result.
package struct KitchenSink: WorkflowMachine {
    /// What the next run of a chain is given beside its actions.
    private struct Baggage: Codable {
        var run: Int
        var log: [String]
        var signals: [Stage.Heard]
    }

    private var root: Branch
    private var handlers: [(update: String, branch: Branch)] = []
    private var stage: Stage
    private let actionBytes: Int

    package init(start: WorkflowStart) throws(MachineFault) {
        guard start.workflowType == "KitchenSink" else {
            throw MachineFault("workflow type \(start.workflowType) is for another worker", kind: .leaveToOthers)
        }
        guard let input = start.input.first, let actions = try? JSONDecoder().decode([Action].self, from: input.data)
        else {
            throw MachineFault("the input is no list of actions")
        }
        root = Branch(actions)
        stage = Stage(workflowID: start.workflowID)
        if start.input.count > 1, let baggage = try? DataConverter.decode(Baggage.self, from: start.input[1]) {
            root.log = baggage.log
            stage.signals = baggage.signals
            stage.run = baggage.run
        }
        actionBytes = Action.all(in: actions).count * MemoryLayout<Action>.stride + input.data.count
    }

    package mutating func activate(_ task: Activation) throws(MachineFault) -> Turn {
        stage.commands = []
        if task.jobs.isEmpty { proceed() }
        for job in task.jobs {
            switch job {
            case .signal(let call):
                let texts = call.input.map { String(decoding: $0.data, as: UTF8.self) }
                stage.signals.append(.init(name: call.name, texts: texts))
            case .update(let call): handlers.append((call.id, Branch(Self.actions(of: call) ?? [])))
            case .cancelRequested:
                root.cancel(&stage)
                for index in handlers.indices { handlers[index].branch.cancel(&stage) }
            default:
                root.deliver(job, &stage)
                for index in handlers.indices { handlers[index].branch.deliver(job, &stage) }
            }
            proceed()
        }
        // Only now, so that the result has what later jobs of this task brought.
        if let end = root.end, handlers.isEmpty { stage.commands.append(closing(end)) }
        return Turn(commands: stage.commands)
    }

    /// Everything does what it can; what one part emits may let another go on.
    private mutating func proceed() {
        repeat {
            stage.hasEmitted = false
            root.advance(&stage)
            for index in handlers.indices { handlers[index].branch.advance(&stage) }
        } while stage.hasEmitted
        for (update, branch) in handlers {
            guard let end = branch.end else { continue }
            let answer: Result<Payload, Failure> =
                switch end {
                case .done: .success((try? DataConverter.encode(branch.log)) ?? .null)
                case .failed(let failure): .failure(failure)
                case .cancelled: .failure(Failure(kind: .canceled(details: []), message: "the workflow is cancelled"))
                case .continued: .failure(.application("an update starts no next run", type: "KitchenFire"))
                }
            stage.commands.append(.completeUpdate(id: update, answer))
        }
        handlers.removeAll { $0.branch.end != nil }
    }

    private func closing(_ end: Branch.End) -> Command {
        switch end {
        case .done: return .complete(result)
        case .failed(let failure): return .fail(failure)
        case .cancelled: return .cancelled([result])
        case .continued(let next):
            let baggage = Baggage(run: stage.run + 1, log: root.log, signals: stage.signals)
            guard let actions = try? DataConverter.encode(next), let rest = try? DataConverter.encode(baggage) else {
                return .fail(.application("the next run's input cannot be written", type: "KitchenFire"))
            }
            return .continueAsNew(ContinueAsNew(input: [actions, rest]))
        }
    }

    /// Signals that nobody waited for come last.
    private var result: Payload {
        (try? DataConverter.encode(root.logSoFar + stage.signals.flatMap(\.texts))) ?? .null
    }

    private static func actions(of update: UpdateCall) -> [Action]? {
        guard update.name == "do", let input = update.input.first else { return nil }
        return try? DataConverter.decode([Action].self, from: input)
    }

    /// `do` takes a list of actions, done beside the workflow's own; their log is the answer.
    package func validate(_ update: UpdateCall) throws(Failure) {
        guard Self.actions(of: update) != nil else {
            throw .application("this workflow takes no updates but do, with a list of actions", type: "UnknownUpdate")
        }
        guard root.end == nil else { throw .application("the kitchen is closing", type: "KitchenClosing") }
    }

    package func query(_ query: QueryCall) throws(Failure) -> Payload {
        guard query.name == "log" else { throw .application("unknown query \(query.name)", type: "UnknownQuery") }
        return result
    }

    package var metadata: WorkflowMetadata {
        WorkflowMetadata(
            queries: [.init(name: "log", description: "What happened")],
            updates: [.init(name: "do", description: "Does a list of actions")],
            currentDetails: "Step \(root.logSoFar.count)")
    }

    package var footprint: Int {
        actionBytes + root.footprint + handlers.reduce(0) { $0 + $1.branch.footprint }
            + stage.signals.reduce(0) { $0 + $1.texts.reduce(64) { $0 + $1.utf8.count } }
    }
}

/// What all branches of a run share.
struct Stage: Sendable {
    struct Heard: Codable, Sendable {
        var name: String
        var texts: [String]
    }

    let workflowID: String
    /// Counts the runs of a chain, so that each gives its children ids of their own.
    var run = 1
    var commands: [Command] = []
    /// Not yet waited for, in the order of their arrival.
    var signals: [Heard] = []
    var hasEmitted = false
    var lastActivity: Seq = 0
    var lastTimer: Seq = 0
    var lastChild: Seq = 0
    var lastSignal: Seq = 0
    var lastCancel: Seq = 0

    init(workflowID: String) { self.workflowID = workflowID }

    /// The workflow that has this one as its child.
    var parentID: String {
        workflowID.lastIndex(of: "/").map { String(workflowID[..<$0]) } ?? workflowID
    }

    mutating func take(_ name: String) -> Heard? {
        signals.firstIndex { $0.name == name }.map { signals.remove(at: $0) }
    }
}
