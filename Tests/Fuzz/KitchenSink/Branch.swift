import Temporal

/// Actions done one after another.
struct Branch: Sendable {
    enum End: Sendable {
        case done
        case failed(Failure)
        case cancelled
        case continued([Action])
    }

    private enum Wait: Sendable {
        case nothing
        case timer(Seq)
        case activity(Seq, Action.Activity)
        case signal(String)
        case child(ChildWait)
        case externalSignal(Seq)
        case externalCancel(Seq)
        case branches(Group)
    }

    /// Branches that end together: all, or as one of them decides.
    private struct Group: Sendable {
        enum Kind: Sendable { case all, race, attempt }
        var kind: Kind
        var branches: [Branch]
        /// The one whose end is the group's; the others are cancelled.
        var decider: Int?

        /// The log of a race is the winner's; a failure leaves none, for what the others got to is chance.
        var logSoFar: [String] {
            if let decider { return branches[decider].logSoFar }
            return branches.flatMap(\.logSoFar)
        }
    }

    private struct ChildWait: Sendable {
        var seq: Seq
        var options: Action.Child
        var id: String
        var isRunning = false
        var resolution: Resolution?
        /// One branch at most; an array, because a struct cannot hold itself.
        var meanwhile: [Branch] = []
    }

    private let actions: [Action]
    /// The workflow that `child` means here.
    private let child: String?
    private var index = 0
    private var wait = Wait.nothing
    private var isCancelled = false
    private(set) var end: End?
    var log: [String] = []

    init(_ actions: [Action], child: String? = nil) {
        self.actions = actions
        self.child = child
    }

    var logSoFar: [String] {
        if case .branches(let group) = wait { log + group.logSoFar } else { log }
    }

    /// Approximate bytes, those of the actions not counted: branches share them.
    var footprint: Int {
        let inner =
            switch wait {
            case .branches(let group): group.branches
            case .child(let wait): wait.meanwhile
            default: [Branch]()
            }
        let own = log.reduce(MemoryLayout<Self>.stride) { $0 + $1.utf8.count + MemoryLayout<String>.stride }
        return inner.reduce(own) { $0 + $1.footprint }
    }
}

// MARK: Going on

extension Branch {
    /// Does what can be done now.
    mutating func advance(_ stage: inout Stage) {
        while end == nil {
            switch wait {
            case .timer, .activity, .externalSignal, .externalCancel: return
            case .signal(let name):
                guard let heard = stage.take(name) else { return }
                log += heard.texts
                wait = .nothing
            case .child(var child):
                wait = .nothing
                guard !advance(&child, &stage) else { continue }
                wait = .child(child)
                return
            case .branches(var group):
                // Nothing else holds the branches while they change.
                wait = .nothing
                guard !advance(&group, &stage) else { continue }
                wait = .branches(group)
                return
            case .nothing:
                if isCancelled {
                    end = .cancelled
                } else if index == actions.count {
                    end = .done
                } else {
                    index += 1
                    begin(actions[index - 1], &stage)
                }
            }
        }
    }

    /// Whether the group is over.
    private mutating func advance(_ group: inout Group, _ stage: inout Stage) -> Bool {
        for index in group.branches.indices {
            group.branches[index].advance(&stage)
            guard group.decider == nil, !isCancelled, let end = group.branches[index].end else { continue }
            if case .done = end, group.kind != .race { continue }
            group.decider = index
        }
        if let decider = group.decider {
            for index in group.branches.indices where index != decider { group.branches[index].cancel(&stage) }
        }
        guard group.branches.allSatisfy({ $0.end != nil }) else { return false }
        if isCancelled {
            log += group.logSoFar
            return true
        }
        switch group.decider.flatMap({ group.branches[$0].end }) ?? .done {
        case .done, .cancelled: log += group.logSoFar
        case .failed(let failure) where group.kind == .attempt: log += group.logSoFar + ["caught \(failure.root)"]
        case .failed(let failure): end = .failed(failure)
        case .continued(let next):
            log += group.logSoFar
            end = .continued(next)
        }
        return true
    }

    /// Whether the child is over, as far as this branch waits for it.
    private mutating func advance(_ wait: inout ChildWait, _ stage: inout Stage) -> Bool {
        for index in wait.meanwhile.indices { wait.meanwhile[index].advance(&stage) }
        guard wait.isRunning, wait.meanwhile.allSatisfy({ $0.end != nil }) else { return false }
        if case .failed(let failure)? = wait.meanwhile.first?.end, !isCancelled {
            end = .failed(failure)
            return true
        }
        if wait.options.isDetached == true, !isCancelled { return true }
        guard let resolution = wait.resolution else { return false }
        switch resolution {
        case _ where isCancelled: break
        case .completed(let payload):
            let lines = payload.flatMap { try? DataConverter.decode([String].self, from: $0) } ?? []
            log.append("child(\(lines.joined(separator: ", ")))")
        case .failed(let failure), .cancelled(let failure): end = .failed(failure)
        }
        return true
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
            let group = Group(
                kind: action.race == nil ? .all : .race, branches: branches.map { Branch($0, child: child) })
            if !branches.isEmpty { wait = .branches(group) }
        } else if let attempt = action.attempt {
            wait = .branches(Group(kind: .attempt, branches: [Branch(attempt, child: child)]))
        } else if let text = action.say {
            log.append(text)
        } else if let text = action.fail {
            end = .failed(.application(text, type: "KitchenFire"))
        } else if let next = action.continueAsNew {
            end = .continued(next)
        } else if let options = action.child {
            stage.lastChild += 1
            let id = "\(stage.workflowID)/\(options.name ?? "\(stage.run).\(stage.lastChild)")"
            stage.commands.append(.startChild(stage.lastChild, options.childOptions(id)))
            wait = .child(ChildWait(seq: stage.lastChild, options: options, id: id))
        } else if let message = action.tell {
            send(message, &stage)
        } else if let name = action.emit {
            stage.signals.append(.init(name: name, texts: ["\"\(name)\""]))
            stage.hasEmitted = true
        } else if let attributes = action.attributes {
            stage.commands.append(.upsertSearchAttributes(.init(attributes.mapValues { .keyword($0) })))
        } else if let fields = action.memo {
            stage.commands.append(.modifyMemo(fields.compactMapValues { try? DataConverter.encode($0) }))
        }
    }

    private mutating func send(_ message: Action.Message, _ stage: inout Stage) {
        var target = ExternalTarget(workflowID: message.to)
        switch message.to {
        case "parent": target.workflowID = stage.parentID
        case "child": target = ExternalTarget(workflowID: child ?? "", childOnly: true)
        default: break
        }
        if let name = message.signal {
            stage.lastSignal += 1
            let input = (try? DataConverter.encode(name)).map { [$0] } ?? []
            stage.commands.append(.signalExternal(stage.lastSignal, target, SignalCall(name: name, input: input)))
            wait = .externalSignal(stage.lastSignal)
        } else {
            stage.lastCancel += 1
            stage.commands.append(.cancelExternal(stage.lastCancel, target, reason: "stop"))
            wait = .externalCancel(stage.lastCancel)
        }
    }
}

// MARK: What arrives

extension Branch {
    /// Takes a job to the action that waits for it.
    mutating func deliver(_ job: Job, _ stage: inout Stage) {
        switch (wait, job) {
        case (.timer(let seq), .timerFired(let fired)) where seq == fired: wait = .nothing
        case (.externalSignal(let seq), .externalSignal(let sent, let failure)) where seq == sent,
            (.externalCancel(let seq), .externalCancel(let sent, let failure)) where seq == sent:
            wait = .nothing
            if let failure { end = .failed(failure) }
        case (.activity(let seq, let activity), .activity(let ended, let resolution)) where seq == ended:
            wait = .nothing
            take(resolution, of: activity, seq)
        case (.child(var child), _):
            wait = .nothing
            deliver(job, to: &child, &stage)
            wait = .child(child)
        case (.branches(var group), _):
            wait = .nothing
            for index in group.branches.indices { group.branches[index].deliver(job, &stage) }
            wait = .branches(group)
        default: break
        }
    }

    private mutating func take(_ resolution: Resolution, of activity: Action.Activity, _ seq: Seq) {
        switch resolution {
        case _ where isCancelled: log.append("\(seq) \(Self.text(resolution))")
        case .completed: log.append(Self.text(resolution))
        case .failed(let failure), .cancelled(let failure):
            if activity.isCaught == true {
                log.append(Self.text(resolution))
            } else {
                end = .failed(failure)
            }
        }
    }

    private func deliver(_ job: Job, to wait: inout ChildWait, _ stage: inout Stage) {
        switch job {
        case .childStarted(wait.seq, let result):
            wait.isRunning = true
            switch result {
            case .failure(let failure): wait.resolution = .failed(failure)
            case .success: if !isCancelled { wait.meanwhile = [Branch(wait.options.meanwhile ?? [], child: wait.id)] }
            }
        case .child(wait.seq, let resolution): wait.resolution = resolution
        default: for index in wait.meanwhile.indices { wait.meanwhile[index].deliver(job, &stage) }
        }
    }

    /// Cancels what is open. The branch ends at once, or with what it is to wait for.
    mutating func cancel(_ stage: inout Stage) {
        // A cancel that comes in the same task as the next run must not be lost with this one.
        if case .continued? = end { end = .cancelled }
        guard end == nil, !isCancelled else { return }
        isCancelled = true
        switch wait {
        case .timer(let seq):
            stage.commands.append(.cancelTimer(seq))
            wait = .nothing
        case .activity(let seq, let activity):
            stage.commands.append(.cancelActivity(seq))
            if activity.cancellation != "wait" { wait = .nothing }
        case .child(var child):
            for index in child.meanwhile.indices { child.meanwhile[index].cancel(&stage) }
            stage.commands.append(.cancelChild(child.seq))
            let waits = child.options.cancellation == "wait" || child.options.cancellation == "waitRequested"
            wait = waits ? .child(child) : .nothing
        case .branches(var group):
            wait = .nothing
            for index in group.branches.indices { group.branches[index].cancel(&stage) }
            wait = .branches(group)
        case .signal, .externalSignal, .externalCancel: wait = .nothing
        case .nothing: break
        }
        advance(&stage)
    }

    static func text(_ resolution: Resolution) -> String {
        switch resolution {
        case .completed(let payload): payload.map { String(decoding: $0.data, as: UTF8.self) } ?? "nil"
        case .failed(let failure): "\(failure)"
        case .cancelled: "cancelled"
        }
    }
}

extension Failure {
    /// What happened, without who was hit by it.
    package var root: String { cause?.root ?? message }
}
