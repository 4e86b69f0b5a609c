import Foundation
import JSON
import Storage
import Temporal
import Worker
import WorkflowEngine

/// Turns the events of an execution's histories, run after run, into what its watchers are told. A value without I/O: the
/// same events give the same.
struct LiveTeller: Sendable {
    private(set) var journal: RunJournal
    /// Told as begun and not yet as ended.
    private var openSteps: Set<Int> = []
    /// Told as begun, the highest.
    private var lastStep = 0
    private var wasPaused = false
    /// Only the first run of a stream tells what came before it.
    private var tellsPast: Bool
    private var runStartedAt: Timestamp?
    private let startAt: Date?

    init(workflowID: String, run: String, startAt: Date?) {
        journal = RunJournal(workflowID: workflowID, runID: run)
        self.startAt = startAt
        tellsPast = true
    }

    /// Goes on with the next run of the chain. After a reset all of the run is told anew.
    mutating func follow(workflowID: String, run: String, isReset: Bool) {
        journal = RunJournal(workflowID: workflowID, runID: run)
        tellsPast = isReset
        runStartedAt = nil
        guard isReset else { return }
        (openSteps, lastStep, wasPaused) = ([], 0, false)
    }

    /// - Parameter changed: what `RunJournal.append` said of the event, which the journal has taken.
    mutating func take(_ event: HistoryEvent) -> [LiveEvent] {
        let changed = journal.append(event)
        var batch = Batch(run: journal.runID, event: event.id, at: event.time)
        switch event.kind {
        case .workflowStarted:
            runStartedAt = event.time
            guard tellsPast else { break }
            let isDelayed = startAt.map { $0 > event.time.date } ?? false
            batch.status(isDelayed ? .pending : .running)
        case .workflowTaskStarted
        where startAt != nil && journal.firstTaskAt == event.time && tellsPast && lastStep == 0:
            batch.status(.running)
        case .cancelRequested(let reason): batch.add("cancel_requested", ["reason": .string(reason)])
        default: break
        }
        guard changed else { return batch.events }
        if tellsPast, journal.interpreterHasBegun {
            tellsPast = false
            if !journal.continuedRunID.isEmpty { tellPast(&batch) }
        }
        tellSteps(&batch)
        if (journal.pausedAt != nil) != wasPaused {
            wasPaused.toggle()
            if journal.outcome == nil { batch.status(wasPaused ? .paused : .running) }
        }
        return batch.events
    }

    /// The end of the execution, after the last event of its last run.
    func end() -> [LiveEvent] {
        guard let outcome = journal.outcome, let closedAt = journal.closedAt else { return [] }
        let end = ExecutionOutcome(outcome, journal)
        var batch = Batch(run: journal.runID, event: journal.lastEventID, at: closedAt, index: Self.endIndex)
        batch.status(end.status, error: end.errorMessage)
        return batch.events
    }

    /// After all that the last event tells of steps.
    static let endIndex = 1_000_000

    /// Steps that began in a run before this one, which the stream does not tell.
    private mutating func tellPast(_ batch: inout Batch) {
        guard let runStartedAt else { return }
        var past = Batch(run: journal.runID, event: 0, at: runStartedAt)
        for step in journal.steps where step.startedAtMilliseconds < runStartedAt.milliseconds {
            lastStep = max(lastStep, step.step.number)
            past.step("step_started", step)
            if let ended = step.endedAtMilliseconds, ended < runStartedAt.milliseconds {
                past.step(step.endName, step)
            } else {
                openSteps.insert(step.step.number)
            }
        }
        batch.events = past.events + batch.events
    }

    private mutating func tellSteps(_ batch: inout Batch) {
        for number in openSteps.sorted() {
            guard let step = journal.step(number), step.endedAtMilliseconds != nil else { continue }
            openSteps.remove(number)
            batch.step(step.endName, step)
        }
        guard journal.stepCount > lastStep else { return }
        for number in (lastStep + 1)...journal.stepCount {
            // One that was dropped already: a thousand others began in the same moment.
            guard let step = journal.step(number) else { continue }
            batch.step("step_started", step)
            if step.endedAtMilliseconds != nil { batch.step(step.endName, step) } else { openSteps.insert(number) }
        }
        lastStep = journal.stepCount
    }
}

/// What follows from one event of the history.
private struct Batch {
    let run: String
    let event: Int64
    let at: Timestamp
    var index = 0
    var events: [LiveEvent] = []

    init(run: String, event: Int64, at: Timestamp, index: Int = 0) {
        self.run = run
        self.event = event
        self.at = at
        self.index = index
    }

    mutating func add(_ name: String, _ members: JSONObject) {
        var data = members
        data["at"] = .string(at.date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        events.append(LiveEvent(LiveEventID(run: run, event: event, index: index), name, .object(data)))
        index += 1
    }

    mutating func status(_ status: ExecutionStatus, error: String? = nil) {
        var data: JSONObject = ["status": .string(status.rawValue), "run_id": .string(run)]
        if let error { data["error_message"] = .string(String(error.prefix(2000))) }
        add("status", data)
    }

    mutating func step(_ name: String, _ record: RunJournal.StepRecord) {
        guard var data = record.json.object else { return }
        // Values are for whoever asks for the execution; a stream stays small.
        for key in ["input", "output", "input_bytes", "output_bytes"] { data[key] = nil }
        if name == "step_started" {
            for key in ["ended_at", "duration_ms", "error", "enhancement", "activity_attempts", "queue_ms"] {
                data[key] = nil
            }
            data["status"] = "running"
        }
        add(name, data)
    }
}

extension RunJournal.StepRecord {
    fileprivate var endName: String {
        switch status {
        case "completed": "step_completed"
        case "failed": "step_failed"
        case "fallback": "step_fell_back"
        case "skipped": "step_skipped"
        default: "step_cancelled"
        }
    }
}
