/// What a run has asked for and what became of it: one small state machine a kind of command, and the queue of those that
/// history has not recorded yet.
struct CommandLedger: Sendable {
    private var queue = CommandQueue()
    private var activities = ActivityCommands()
    private var timers = TimerCommands()
    private var children = ChildCommands()
    private var externals = ExternalCommands()
    /// Accepted and not answered yet.
    private var updates: Set<String> = []

    var outgoing: [OutgoingCommand] { queue.outgoing }

    /// The machine has closed the run, or will as soon as the server agrees.
    var closing: OutgoingCommand? { queue.closing }

    /// What is open, by kind and in the order it was asked for, for people.
    var open: [String] {
        activities.open + timers.open + children.open + externals.open + updates.sorted().map { "update \($0)" }
    }
}

// MARK: What the machine commands

extension CommandLedger {
    /// Queues what earlier commands left to do now; before the turns of a task.
    mutating func wake() { children.requestDueCancels(&queue) }

    /// Queues the commands of one turn. Returns the jobs that follow at once, without the server: what was cancelled before
    /// it was sent, and whose machine waits for the outcome.
    mutating func take(_ commands: [Command]) throws(MachineFault) -> [Job] {
        var jobs: [Job] = []
        for command in commands {
            if let job = try take(command) { jobs.append(job) }
        }
        return jobs
    }

    private mutating func take(_ command: Command) throws(MachineFault) -> Job? {
        switch command {
        case .scheduleActivity(let seq, let options): try activities.schedule(seq, options, &queue)
        case .cancelActivity(let seq): return try activities.cancel(seq, &queue)
        case .startTimer(let seq, let duration, let summary): try timers.start(seq, duration, summary, &queue)
        case .cancelTimer(let seq): try timers.cancel(seq, &queue)
        case .startChild(let seq, let options): try children.start(seq, options, &queue)
        case .cancelChild(let seq): return try children.cancel(seq, &queue)
        case .signalExternal(let seq, let target, let call): try externals.signal(seq, target, call, &queue)
        case .cancelExternal(let seq, let target, let reason): try externals.cancel(seq, target, reason, &queue)
        case .completeUpdate(let id, let result):
            guard updates.remove(id) != nil else {
                throw MachineFault("completes update \(id), which is not open")
            }
            queue.append(.completeUpdate(id: id, result))
        case .upsertSearchAttributes(let attributes): queue.append(.upsertSearchAttributes(attributes))
        case .modifyMemo(let fields): queue.append(.modifyMemo(fields))
        case .complete(let payload): queue.close(.complete(payload))
        case .fail(let failure): queue.close(.fail(failure))
        case .cancelled(let details): queue.close(.cancelled(details))
        case .continueAsNew(let next): queue.close(.continueAsNew(next))
        }
        return nil
    }

    /// The machine takes the update on; its answer follows as a command.
    mutating func accept(_ update: UpdateRequest) {
        updates.insert(update.id)
        queue.append(.acceptUpdate(update))
    }
}

// MARK: What history records

extension CommandLedger {
    /// Matches an event that records a command with the oldest command not yet recorded.
    mutating func match(_ event: HistoryEvent) throws(NonDeterminism) {
        if case .failed(let failure) = event.kind, SizeLimit.caused(failure) {
            // The worker, not the machine, closed the run: the commands of this turn were too large to send.
            queue.removeAll()
            return
        }
        guard let command = queue.next else {
            throw NonDeterminism(eventID: event.id, expected: event.summary, found: "nothing more")
        }
        guard command.isRecorded(by: event) else {
            throw NonDeterminism(eventID: event.id, expected: event.summary, found: command.summary)
        }
        switch command {
        case .scheduleActivity(let seq, _): activities.recorded(seq, by: event.id)
        case .startTimer(let seq, _, _): timers.recordedStart(seq)
        case .cancelTimer(let seq): timers.recordedCancel(seq)
        case .startChild(let seq, _): children.recorded(seq, by: event.id)
        case .signalExternal(let seq, let target, _): externals.recordedSignal(seq, to: target, by: event.id)
        case .cancelExternal(let asker, let target, _):
            externals.recordedCancel(asker, of: target, by: event.id)
        case .requestCancelActivity, .acceptUpdate, .completeUpdate, .upsertSearchAttributes, .modifyMemo, .complete,
            .fail, .cancelled, .continueAsNew:
            break
        }
        queue.removeNext()
    }

    /// The turn's record ends here: every command must have been recorded.
    mutating func seal(before event: HistoryEvent?) throws(NonDeterminism) {
        if let left = queue.next {
            let expected = event.map(\.summary) ?? "no further event"
            throw NonDeterminism(eventID: event?.id, expected: expected, found: left.summary)
        }
        queue.removeAll()
    }

    /// What an event that answers a command means for the machine; nil when it no longer waits for it.
    mutating func resolve(_ event: HistoryEvent) throws(NonDeterminism) -> Job? {
        switch event.kind {
        case .activityCompleted, .activityFailed, .activityTimedOut, .activityCancelled:
            return try activities.resolve(event)
        case .timerFired(let id): return try timers.fire(id, event)
        case .childStartFailed, .childStarted, .childCompleted, .childFailed, .childCancelled, .childTimedOut,
            .childTerminated:
            return try children.resolve(event)
        case .externalSignaled, .externalSignalFailed, .externalCancelRequested, .externalCancelFailed:
            switch try externals.resolve(event) {
            case .job(let job): return job
            case .childAsked(let seq): return children.asked(seq)
            case .nothing: return nil
            }
        default: return nil
        }
    }
}

// MARK: Between tasks

extension CommandLedger {
    /// Of commands that the server has accepted only what identifies them is needed, to match them with their record.
    mutating func forgetPayloads() { queue.forgetPayloads() }

    /// Approximate bytes, those of payloads not counted.
    var footprint: Int {
        let open = activities.count + timers.count + children.count + externals.count + updates.count
        return MemoryLayout<Self>.size + queue.outgoing.count * MemoryLayout<OutgoingCommand>.stride + open * 200
    }
}
