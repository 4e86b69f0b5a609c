/// One run folded from its history: the machine, what it waits for, and what it wants to send.
///
/// Pure: history goes in task by task, commands come out. A worker sends them, a replayer compares them, a reader of runs asks
/// the machine. A fault leaves the value useless; drop it and fold again from event 1.
package struct WorkflowRun<Machine: WorkflowMachine>: Sendable {
    package let namespace: String
    package let workflowID: String
    package let runID: String

    /// nil before the first workflow task.
    package private(set) var machine: Machine?
    /// What the run was started with, but its input, which is the machine's; memo and search attributes as they are now.
    package private(set) var started: HistoryEvent.WorkflowStarted?
    /// When the run began.
    private(set) var startedAt: Timestamp?
    /// How the run ended, as recorded; nil while it is open.
    package private(set) var outcome: WorkflowOutcome?
    package private(set) var lastEventID: Int64 = 0
    /// What the last completed task says of the worker that answered it.
    package private(set) var recordedSDK = (name: "", version: "")

    /// What is to be answered, beside `outgoing`, to the updates of the last task.
    package private(set) var rejections: [RejectedUpdate] = []

    var ledger = CommandLedger()
    /// What history tells since the last turn, in its order.
    private var news: [News] = []
    private var start: WorkflowStart?

    package init(namespace: String, workflowID: String, runID: String) {
        self.namespace = namespace
        self.workflowID = workflowID
        self.runID = runID
    }

    package var workflowType: String { started?.workflowType ?? "" }
    package var taskQueue: String { started?.taskQueue ?? "" }

    /// What is to be sent after the last task; empty once history has recorded it.
    package var outgoing: [OutgoingCommand] { ledger.outgoing }

    /// What is open, for people.
    package var waitingFor: [String] { ledger.open }

    /// How the run ends once the server accepts `outgoing`; the next run of a chain has no id yet.
    package var closing: WorkflowOutcome? {
        switch ledger.closing {
        case .complete(let payload): .completed([payload])
        case .fail(let failure): .failed(failure)
        case .cancelled(let details): .cancelled(details)
        case .continueAsNew: .continuedAsNew(newRunID: "")
        default: nil
        }
    }

    /// Answers also after the run closed.
    package func query(_ call: QueryCall) throws(Failure) -> Payload {
        guard let machine else {
            throw .application(
                "the workflow has not begun: no worker has taken its first task", type: "WorkflowNotStarted")
        }
        return try machine.query(call)
    }
}

extension WorkflowRun {
    /// Folds a whole history, or what came after the task that the run was last folded to. Returns the machine's notes.
    ///
    /// - Parameter updates: what the server asks a new task at the end to take.
    @discardableResult
    package mutating func apply(
        history events: [HistoryEvent], updates: [UpdateRequest] = []
    ) throws(ReplayFault) -> [String] {
        let tasks: [LogicalTask]
        do { tasks = try LogicalTask.split(events, after: lastEventID) } catch { throw .history(error) }
        var notes: [String] = []
        for task in tasks { notes += try apply(task, updates: updates) }
        return notes
    }

    /// Folds one logical task and wakes the machine at its end. Returns the machine's notes, none in replay.
    ///
    /// A task without news does not wake the machine (the server can force one), neither when it is new nor in replay.
    ///
    /// A recorded task knows which updates it took; `updates` are for a new one.
    package mutating func apply(
        _ task: LogicalTask, updates: [UpdateRequest] = []
    ) throws(ReplayFault) -> [String] {
        rejections = []
        for event in task.events { try apply(event) }
        guard let wake = task.wake else {
            if outcome == nil {
                do { try ledger.seal(before: nil) } catch { throw .nonDeterminism(error) }
            }
            return []
        }
        guard outcome == nil else { return [] }
        return try wakeMachine(wake, wake.isReplaying ? task.accepted : updates)
    }

    /// Tells the machine the news in history's order, then of the updates that came with the task itself.
    private mutating func wakeMachine(
        _ wake: LogicalTask.Wake, _ updates: [UpdateRequest]
    ) throws(ReplayFault) -> [String] {
        var notes: [String] = []
        var jobs: [Job] = []
        var updates = updates
        ledger.wake()
        // The first task wakes the machine also without news.
        var isDue = machine == nil
        if let start {
            do { machine = try Machine(start: start) } catch { throw .machine(error) }
            self.start = nil
        } else if isDue {
            throw .history(HistoryFault(eventID: wake.startedEventID, message: "no WorkflowExecutionStarted before it"))
        }
        for item in news {
            switch item {
            case .job(let job):
                jobs.append(job)
                isDue = true
            case .admitted(let request):
                // The turn ends here whether or not the update is taken, so that replay comes to the same.
                if isDue { notes += try turn(wake, jobs) }
                (jobs, isDue) = ([], false)
                if wake.isReplaying {
                    guard let index = updates.firstIndex(where: { $0.id == request.id }) else { continue }
                    updates.remove(at: index)
                }
                notes += try take(request, wake)
            }
        }
        news.removeAll(keepingCapacity: true)
        if isDue { notes += try turn(wake, jobs) }
        for update in updates { notes += try take(update, wake) }
        return notes
    }

    /// Lets the machine work off the jobs, and those that follow from its own commands.
    private mutating func turn(_ wake: LogicalTask.Wake, _ news: [Job]) throws(ReplayFault) -> [String] {
        var notes: [String] = []
        var jobs = news
        var turns = 0
        repeat {
            guard ledger.closing == nil else { break }
            let task = Activation(
                now: wake.now, isReplaying: wake.isReplaying, historyEvents: Int(wake.startedEventID),
                historyBytes: wake.historyBytes, continueAsNewSuggested: wake.continueAsNewSuggested, jobs: jobs
            )
            do {
                guard let turn = try machine?.activate(task) else { break }
                keepAttributes(turn.commands)
                jobs = try ledger.take(turn.commands)
                if !wake.isReplaying { notes += turn.notes }
            } catch { throw .machine(error) }
            turns += 1
            if turns > Self.maximumTurns {
                throw .machine(
                    MachineFault("\(turns) turns in one task: the workflow cancels what it schedules, without end"))
            }
        } while !jobs.isEmpty
        return notes
    }

    /// Lets the machine accept or reject an update and begin with it. What it rejects leaves the run as it was, so that
    /// replay, which never hears of it, comes to the same.
    private mutating func take(
        _ request: UpdateRequest, _ wake: LogicalTask.Wake
    ) throws(ReplayFault) -> [String] {
        guard let call = request.call else {
            throw .history(HistoryFault(message: "update \(request.id) has no request"))
        }
        if !wake.isReplaying {
            do throws(Failure) {
                if ledger.closing != nil {
                    throw .application("the workflow is closing", type: "WorkflowClosing")
                }
                try machine?.validate(call)
            } catch {
                rejections.append(RejectedUpdate(request: request, failure: error))
                return []
            }
        }
        guard ledger.closing == nil else { return [] }
        ledger.accept(request)
        return try turn(wake, [.update(call)])
    }

    /// The next run of a chain starts with them.
    private mutating func keepAttributes(_ commands: [Command]) {
        for command in commands {
            switch command {
            case .upsertSearchAttributes(let attributes):
                for (name, value) in attributes.values { started?.searchAttributes[name] = try? value.payload }
            case .modifyMemo(let fields):
                for (name, value) in fields { started?.memo[name] = value.encoding == "binary/null" ? nil : value }
            default: break
            }
        }
    }

    private static var maximumTurns: Int { 10_000 }
}

extension WorkflowRun {
    private mutating func apply(_ event: HistoryEvent) throws(ReplayFault) {
        lastEventID = event.id
        do {
            if event.recordsCommand {
                try ledger.match(event)
            } else if let job = try ledger.resolve(event) {
                news.append(.job(job))
            }
            switch event.kind {
            case .workflowStarted(let started): begin(started, at: event.time)
            case .workflowTaskScheduled, .workflowTaskStarted: try ledger.seal(before: event)
            case .workflowTaskCompleted(let name, let version):
                if !name.isEmpty { recordedSDK.name = name }
                if !version.isEmpty { recordedSDK.version = version }
            case .workflowTaskFailed(let resetRunID?): reseed(RandomSeed.frozen(resetRunID))
            case .signaled(let call): news.append(.job(.signal(call)))
            case .updateAdmitted(let call):
                // Message and sequence are named after the event, as all workers do.
                let message = "\(call.id)/request"
                news.append(
                    .admitted(
                        UpdateRequest(id: call.id, call: call, messageID: message, sequencingEventID: event.id)))
            case .cancelRequested(let reason): news.append(.job(.cancelRequested(reason: reason)))
            case .completed(let payloads): outcome = .completed(payloads)
            case .failed(let failure): outcome = .failed(failure)
            case .cancelled(let details): outcome = .cancelled(details)
            case .continuedAsNew(let newRunID): outcome = .continuedAsNew(newRunID: newRunID)
            case .timedOut: outcome = .timedOut
            case .terminated(let reason, let details): outcome = .terminated(reason: reason, details: details)
            default: break
            }
        } catch { throw .nonDeterminism(error) }
    }

    /// Before all other jobs of the task, which the reset run does for the first time: none may draw what the run before it
    /// drew. After earlier resets' seeds: the last one counts.
    private mutating func reseed(_ seed: UInt64) {
        let earlier = news.prefix { if case .job(.reseed) = $0 { true } else { false } }.count
        news.insert(.job(.reseed(seed)), at: earlier)
    }

    private mutating func begin(_ started: HistoryEvent.WorkflowStarted, at time: Timestamp) {
        self.started = started
        self.started?.input = []
        startedAt = time
        start = WorkflowStart(
            workflowID: workflowID, runID: runID,
            firstRunID: started.firstRunID.isEmpty ? runID : started.firstRunID, namespace: namespace,
            workflowType: started.workflowType, taskQueue: started.taskQueue, input: started.input, memo: started.memo,
            headers: started.headers, attempt: started.attempt, startedAt: time,
            randomSeed: RandomSeed.frozen(started.originalRunID)
        )
    }
}

/// What a machine hears of next.
private enum News: Sendable {
    case job(Job)
    /// An update that a reset reapplies.
    case admitted(UpdateRequest)
}

/// Frozen for ever: recorded histories depend on it.
enum RandomSeed {
    /// 64-bit FNV-1a over the UTF-8 bytes, then SplitMix64's finalizer to spread the bits.
    static func frozen(_ runID: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in runID.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        return hash ^ (hash >> 31)
    }
}
