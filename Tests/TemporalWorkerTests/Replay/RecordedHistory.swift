import Temporal

/// Writes histories by hand, as the server would: ids count up, each event a second after the one before.
struct RecordedHistory {
    private(set) var events: [HistoryEvent] = []

    init(input: [Payload] = [], runID: String = "run", workflowType: String = "Type") {
        add(
            .workflowStarted(
                .init(
                    workflowID: "w", originalRunID: runID, workflowType: workflowType, taskQueue: "queue", input: input)
            ))
    }

    @discardableResult
    mutating func add(_ kind: HistoryEvent.Kind) -> Int64 {
        let id = Int64(events.count + 1)
        events.append(HistoryEvent(id: id, time: Timestamp(seconds: 1_000 + id), kind: kind))
        return id
    }

    /// The task that a worker is to answer now.
    mutating func openTask() {
        add(.workflowTaskScheduled)
        add(.workflowTaskStarted(historyBytes: 100, continueAsNewSuggested: false))
    }
    mutating func task() {
        openTask()
        add(.workflowTaskCompleted(sdkName: "", sdkVersion: ""))
    }
    mutating func failedTask(resetRunID: String? = nil) {
        openTask()
        add(.workflowTaskFailed(resetRunID: resetRunID))
    }
    mutating func timedOutTask() {
        openTask()
        add(.workflowTaskTimedOut)
    }

    mutating func scheduled(_ id: Int, _ type: String = "work") -> Int64 {
        add(.activityScheduled(id: "\(id)", type: type))
    }
    mutating func completed(_ scheduled: Int64, _ json: String = "1") {
        add(.activityStarted(scheduledEventID: scheduled, attempt: 1))
        add(.activityCompleted(scheduledEventID: scheduled, result: .json(.init(json.utf8))))
    }
    mutating func signal(_ name: String) { add(.signaled(SignalCall(name: name, input: []))) }
}
