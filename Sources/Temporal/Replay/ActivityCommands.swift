/// Each activity: unsent → scheduled → ended.
struct ActivityCommands: Sendable {
    private struct Activity: Sendable {
        enum Phase: Sendable {
            case unsent(place: Int)
            case scheduled(eventID: Int64)
        }
        var type: String
        var cancellation: ActivityOptions.CancellationType
        var phase: Phase
        var cancelRequested = false
        /// The machine was told, or told us, that it no longer waits.
        var isSilent = false
    }

    private var activities: [Seq: Activity] = [:]
    private var activityOfEvent: [Int64: Seq] = [:]
    private var numbers = Numbering(.activity)

    var count: Int { activities.count }

    var open: [String] {
        activities.filter { !$0.value.isSilent }.sorted { $0.key < $1.key }
            .map { "activity \($0.key) (\($0.value.type))" }
    }

    mutating func schedule(
        _ seq: Seq, _ options: ActivityOptions, _ queue: inout CommandQueue
    ) throws(MachineFault) {
        try numbers.take(seq)
        let place = queue.append(.scheduleActivity(seq, options))
        activities[seq] = Activity(
            type: options.activityType, cancellation: options.cancellation, phase: .unsent(place: place))
    }

    mutating func cancel(_ seq: Seq, _ queue: inout CommandQueue) throws(MachineFault) -> Job? {
        try numbers.checkCancel(seq)
        // Already over: the cancel came too late, which is no mistake.
        guard var activity = activities[seq], !activity.cancelRequested else { return nil }
        switch activity.phase {
        case .unsent(let place):
            queue.withdraw(place)
            activities[seq] = nil
            guard activity.cancellation == .waitCompleted else { return nil }
            return .activity(seq, .cancelled(.cancelledActivity(activity.type, seq)))
        case .scheduled(let eventID):
            activity.cancelRequested = true
            activity.isSilent = activity.cancellation != .waitCompleted
            if activity.cancellation != .abandon {
                queue.append(.requestCancelActivity(seq, scheduledEventID: eventID))
            }
            activities[seq] = activity
            return nil
        }
    }

    mutating func recorded(_ seq: Seq, by eventID: Int64) {
        activities[seq]?.phase = .scheduled(eventID: eventID)
        activityOfEvent[eventID] = seq
    }

    mutating func resolve(_ event: HistoryEvent) throws(NonDeterminism) -> Job? {
        switch event.kind {
        case .activityCompleted(let scheduled, let result):
            try end(scheduled, event) { _, _ in .completed(result) }
        case .activityFailed(let end, let cause):
            try self.end(end.scheduledEventID, event) { type, seq in
                .failed(.activity(type, seq, end, message: "Activity task failed", cause: cause))
            }
        case .activityTimedOut(let end, let cause):
            try self.end(end.scheduledEventID, event) { type, seq in
                .failed(.activity(type, seq, end, message: "Activity task timed out", cause: cause))
            }
        case .activityCancelled(let end, let details):
            try self.end(end.scheduledEventID, event) { type, seq in
                .cancelled(.cancelledActivity(type, seq, end, details: details))
            }
        default: nil
        }
    }

    private mutating func end(
        _ scheduledEventID: Int64, _ event: HistoryEvent, _ resolution: (String, Seq) -> Resolution
    ) throws(NonDeterminism) -> Job? {
        guard let seq = activityOfEvent.removeValue(forKey: scheduledEventID),
            let activity = activities.removeValue(forKey: seq)
        else { throw NonDeterminism(eventID: event.id, expected: event.summary, found: "no such activity") }
        return activity.isSilent ? nil : .activity(seq, resolution(activity.type, seq))
    }
}

extension Failure {
    fileprivate static func activity(
        _ type: String, _ seq: Seq, _ end: HistoryEvent.ActivityEnd, message: String, cause: Failure
    ) -> Failure {
        let kind = Kind.activity(
            activityType: type, activityID: String(seq), scheduledEventID: end.scheduledEventID,
            startedEventID: end.startedEventID, identity: end.identity, retryState: end.retryState
        )
        return Failure(kind: kind, message: message, cause: cause)
    }

    fileprivate static func cancelledActivity(
        _ type: String, _ seq: Seq, _ end: HistoryEvent.ActivityEnd = .init(scheduledEventID: 0),
        details: [Payload] = []
    ) -> Failure {
        let cause = Failure(kind: .canceled(details: details), message: "Activity cancelled")
        var end = end
        end.retryState = .cancelRequested
        return activity(type, seq, end, message: "Activity cancelled", cause: cause)
    }
}
