package import Temporal

/// What a history says of its activities, by their ids within the run.
struct ActivityJournal: Sendable {
    struct Entry: Sendable {
        let type: String
        let scheduledAt: Timestamp
        /// Of the attempt that ended it; history records no earlier one.
        var startedAt: Timestamp?
        /// nil while it is open: history tells at its end.
        var attempts: Int?
        var endedAt: Timestamp?

        /// How long the only attempt waited for a worker. Of a repeated one history does not tell.
        var queueMilliseconds: Int64? {
            guard attempts == 1, let startedAt else { return nil }
            return max(0, startedAt.milliseconds - scheduledAt.milliseconds)
        }
    }

    private var entries: [String: Entry] = [:]
    private var ids: [Int64: String] = [:]
    /// A run that goes on for ever must not grow this for ever: as many as the steps that are kept.
    private static let kept = 4_000

    subscript(id: String) -> Entry? { entries[id] }

    mutating func append(_ event: HistoryEvent) {
        switch event.kind {
        case .activityScheduled(let id, let type):
            if entries.count >= Self.kept { forgetEnded() }
            entries[id] = Entry(type: type, scheduledAt: event.time)
            ids[event.id] = id
        case .activityStarted(let scheduled, let attempt):
            change(scheduled) { entry in
                entry.startedAt = event.time
                entry.attempts = attempt
            }
        case .activityCompleted(let scheduled, _): change(scheduled) { $0.endedAt = event.time }
        case .activityFailed(let end, _), .activityTimedOut(let end, _), .activityCancelled(let end, _):
            change(end.scheduledEventID) { $0.endedAt = event.time }
        default: break
        }
    }

    private mutating func change(_ scheduled: Int64, _ change: (inout Entry) -> Void) {
        guard let id = ids[scheduled], var entry = entries[id] else { return }
        change(&entry)
        entries[id] = entry
        if entry.endedAt != nil { ids[scheduled] = nil }
    }

    private mutating func forgetEnded() {
        let ended = entries.filter { $0.value.endedAt != nil }
            .sorted { $0.value.scheduledAt < $1.value.scheduledAt }
        for (id, _) in ended.prefix(Self.kept / 2) { entries[id] = nil }
    }
}

extension Timestamp {
    package var milliseconds: Int64 { seconds * 1000 + Int64(nanoseconds) / 1_000_000 }
}
