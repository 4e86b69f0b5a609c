/// What a run has asked for and what became of it: one small state machine an activity and a timer, and the queue of
/// commands that history has not recorded yet.
///
/// The queue is matched with command events strictly first in, first out, and is empty between turns. Child workflows,
/// external signals and updates will be further dictionaries here.
struct CommandLedger: Sendable {
    private struct Activity: Sendable {
        enum Phase: Sendable {
            case unsent(queueIndex: Int)
            case scheduled(eventID: Int64)
        }
        var type: String
        var cancellation: ActivityOptions.CancellationType
        var phase: Phase
        var cancelRequested = false
        /// The machine was told, or told us, that it no longer waits.
        var isSilent = false
    }
    private enum Timer: Sendable {
        case unsent(queueIndex: Int)
        case started, cancelling
    }

    private var queue: [OutgoingCommand?] = []
    private var firstUnmatched = 0
    private var activities: [Seq: Activity] = [:]
    private var activityOfEvent: [Int64: Seq] = [:]
    private var timers: [Seq: Timer] = [:]
    private var lastActivity: Seq = 0
    private var lastTimer: Seq = 0
    private var terminal: OutgoingCommand?

    /// In the order they are sent; the terminal one last.
    var outgoing: [OutgoingCommand] {
        var commands = queue[firstUnmatched...].compactMap { $0 }
        if let terminal { commands.append(terminal) }
        return commands
    }

    /// The machine has closed the run, or will as soon as the server agrees.
    var closing: OutgoingCommand? { terminal }

    /// Open activities and timers in the order they were asked for, for people.
    var open: [String] {
        let openActivities = activities.filter { !$0.value.isSilent }.sorted { $0.key < $1.key }
        let openTimers = timers.keys.sorted()
        return openActivities.map { "activity \($0.key) (\($0.value.type))" } + openTimers.map { "timer \($0)" }
    }
}

// MARK: What the machine commands

extension CommandLedger {
    /// Queues the commands of one turn. Returns the jobs that follow at once, without the server: an activity cancelled
    /// before it was sent, whose machine waits for the outcome.
    mutating func take(_ commands: [Command]) throws(MachineFault) -> [Job] {
        var jobs: [Job] = []
        for command in commands {
            switch command {
            case .scheduleActivity(let seq, let options): try schedule(seq, options)
            case .cancelActivity(let seq): if let job = try cancelActivity(seq) { jobs.append(job) }
            case .startTimer(let seq, let duration, let summary): try startTimer(seq, duration, summary)
            case .cancelTimer(let seq): try cancelTimer(seq)
            case .complete(let payload): close(.complete(payload))
            case .fail(let failure): close(.fail(failure))
            case .cancelled(let details): close(.cancelled(details))
            case .continueAsNew(let next): close(.continueAsNew(next))
            }
        }
        return jobs
    }

    private mutating func close(_ command: OutgoingCommand) {
        if terminal == nil { terminal = command }
    }

    private mutating func schedule(_ seq: Seq, _ options: ActivityOptions) throws(MachineFault) {
        guard seq > lastActivity else {
            throw MachineFault("activity \(seq) scheduled after activity \(lastActivity): numbers must rise")
        }
        lastActivity = seq
        activities[seq] = Activity(
            type: options.activityType, cancellation: options.cancellation, phase: .unsent(queueIndex: queue.count)
        )
        queue.append(.scheduleActivity(id: String(seq), options))
    }

    private mutating func startTimer(_ seq: Seq, _ duration: Duration, _ summary: String) throws(MachineFault) {
        guard seq > lastTimer else {
            throw MachineFault("timer \(seq) started after timer \(lastTimer): numbers must rise")
        }
        lastTimer = seq
        timers[seq] = .unsent(queueIndex: queue.count)
        queue.append(.startTimer(id: String(seq), duration, summary: summary))
    }

    private mutating func cancelActivity(_ seq: Seq) throws(MachineFault) -> Job? {
        guard seq <= lastActivity, seq > 0 else {
            throw MachineFault("cancels activity \(seq), which was never scheduled")
        }
        // Already over: the cancel came too late, which is no mistake.
        guard var activity = activities[seq], !activity.cancelRequested else { return nil }
        switch activity.phase {
        case .unsent(let index):
            queue[index] = nil
            activities[seq] = nil
            guard activity.cancellation == .waitCompleted else { return nil }
            return .activity(seq, .cancelled(.cancelledActivity(type: activity.type, id: String(seq))))
        case .scheduled(let eventID):
            activity.cancelRequested = true
            activity.isSilent = activity.cancellation != .waitCompleted
            if activity.cancellation != .abandon {
                queue.append(.requestCancelActivity(id: String(seq), scheduledEventID: eventID))
            }
            activities[seq] = activity
            return nil
        }
    }

    private mutating func cancelTimer(_ seq: Seq) throws(MachineFault) {
        guard seq <= lastTimer, seq > 0 else { throw MachineFault("cancels timer \(seq), which was never started") }
        switch timers[seq] {
        case .unsent(let index):
            queue[index] = nil
            timers[seq] = nil
        case .started:
            timers[seq] = .cancelling
            queue.append(.cancelTimer(id: String(seq)))
        case .cancelling, nil: break
        }
    }
}

// MARK: What history records

extension CommandLedger {
    /// Matches an event that records a command with the oldest command not yet recorded.
    mutating func match(_ event: HistoryEvent) throws(NonDeterminism) {
        if case .failed(let failure) = event.kind, SizeLimit.caused(failure) {
            // The worker, not the machine, closed the run: the commands of this turn were too large to send.
            dropQueue()
            return
        }
        while firstUnmatched < queue.count, queue[firstUnmatched] == nil { firstUnmatched += 1 }
        guard let command = firstUnmatched < queue.count ? queue[firstUnmatched] : terminal else {
            throw NonDeterminism(eventID: event.id, expected: event.summary, found: "nothing more")
        }
        guard command.isRecorded(by: event) else {
            throw NonDeterminism(eventID: event.id, expected: event.summary, found: command.summary)
        }
        switch command {
        case .scheduleActivity(let id, _):
            if let seq = Seq(id) {
                activities[seq]?.phase = .scheduled(eventID: event.id)
                activityOfEvent[event.id] = seq
            }
        case .startTimer(let id, _, _): if let seq = Seq(id) { timers[seq] = .started }
        case .cancelTimer(let id): if let seq = Seq(id) { timers[seq] = nil }
        case .requestCancelActivity, .complete, .fail, .cancelled, .continueAsNew: break
        }
        if firstUnmatched < queue.count { firstUnmatched += 1 } else { terminal = nil }
    }

    /// The turn's record ends here: every command must have been recorded.
    mutating func seal(before event: HistoryEvent?) throws(NonDeterminism) {
        if let left = outgoing.first {
            let expected = event.map(\.summary) ?? "no further event"
            throw NonDeterminism(eventID: event?.id, expected: expected, found: left.summary)
        }
        dropQueue()
    }

    private mutating func dropQueue() {
        queue.removeAll(keepingCapacity: true)
        firstUnmatched = 0
        terminal = nil
    }

    /// What an event that answers a command means for the machine; nil when it no longer waits for it.
    mutating func resolve(_ event: HistoryEvent) throws(NonDeterminism) -> Job? {
        switch event.kind {
        case .activityCompleted(let scheduled, let result):
            try end(scheduled, event) { _, _ in .completed(result) }
        case .activityFailed(let end, let cause):
            try self.end(end.scheduledEventID, event) { type, id in
                .failed(.activity(type, id, end, message: "Activity task failed", cause: cause))
            }
        case .activityTimedOut(let end, let cause):
            try self.end(end.scheduledEventID, event) { type, id in
                .failed(.activity(type, id, end, message: "Activity task timed out", cause: cause))
            }
        case .activityCancelled(let end, let details):
            try self.end(end.scheduledEventID, event) { type, id in
                .cancelled(.cancelledActivity(type: type, id: id, end, details: details))
            }
        case .timerFired(let id):
            try fire(id, event)
        default: nil
        }
    }

    private mutating func end(
        _ scheduledEventID: Int64, _ event: HistoryEvent, _ resolution: (String, String) -> Resolution
    ) throws(NonDeterminism) -> Job? {
        guard let seq = activityOfEvent.removeValue(forKey: scheduledEventID),
            let activity = activities.removeValue(forKey: seq)
        else { throw NonDeterminism(eventID: event.id, expected: event.summary, found: "no such activity") }
        return activity.isSilent ? nil : .activity(seq, resolution(activity.type, String(seq)))
    }

    private mutating func fire(_ id: String, _ event: HistoryEvent) throws(NonDeterminism) -> Job? {
        guard let seq = Seq(id), let timer = timers.removeValue(forKey: seq) else {
            throw NonDeterminism(eventID: event.id, expected: event.summary, found: "no such timer")
        }
        if case .cancelling = timer { return nil }
        return .timerFired(seq)
    }
}

extension Failure {
    fileprivate static func activity(
        _ type: String, _ id: String, _ end: HistoryEvent.ActivityEnd, message: String, cause: Failure
    ) -> Failure {
        let kind = Kind.activity(
            activityType: type, activityID: id, scheduledEventID: end.scheduledEventID,
            startedEventID: end.startedEventID, identity: end.identity, retryState: end.retryState
        )
        return Failure(kind: kind, message: message, cause: cause)
    }

    fileprivate static func cancelledActivity(
        type: String, id: String, _ end: HistoryEvent.ActivityEnd = .init(scheduledEventID: 0), details: [Payload] = []
    ) -> Failure {
        let cause = Failure(kind: .canceled(details: details), message: "Activity cancelled")
        var end = end
        end.retryState = .cancelRequested
        return activity(type, id, end, message: "Activity cancelled", cause: cause)
    }
}

// MARK: Between tasks

extension CommandLedger {
    /// Of commands that the server has accepted only what identifies them is needed, to match them with their record.
    mutating func forgetPayloads() {
        for index in queue.indices { queue[index] = queue[index]?.withoutPayloads }
    }

    /// Approximate bytes, those of payloads not counted.
    var footprint: Int {
        queue.count * MemoryLayout<OutgoingCommand>.stride
            + activities.count * 2 * (MemoryLayout<Activity>.stride + MemoryLayout<Int64>.stride)
            + timers.count * 2 * MemoryLayout<Timer>.stride
    }
}
