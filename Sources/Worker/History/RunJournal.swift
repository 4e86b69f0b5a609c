import Foundation
import JSON
package import Temporal
import WorkflowEngine

/// A run as its history tells it to readers: steps with their values and attempts, how it ended. Grows with the history.
///
/// It stands where the last answered workflow task left the run; what came later waits for the next answer, because a task
/// that fails or times out never was.
package struct RunJournal: Sendable {
    package let runID: String
    private var run: WorkflowRun<ObservedMachine>
    /// Events that are not folded yet.
    private var pending: [HistoryEvent] = []
    /// Index into `pending` of the last WorkflowTaskStarted.
    private var started: Int?
    private(set) var activities = ActivityJournal()

    /// The first workflow task's: until then the run waited for a worker, or for its start delay.
    package private(set) var firstTaskAt: Timestamp?
    package private(set) var outcome: WorkflowOutcome?
    package private(set) var closedAt: Timestamp?
    package private(set) var lastEventID: Int64 = 0
    /// The engine or the definition is not ours: events are still told, steps stand still.
    package private(set) var fault: ReplayFault?

    package init(namespace: String = "", workflowID: String, runID: String) {
        self.runID = runID
        run = WorkflowRun(namespace: namespace, workflowID: workflowID, runID: runID)
    }

    /// The definition is known and its steps are told.
    package var interpreterHasBegun: Bool { interpreter != nil }

    var activityOffset: Seq { run.machine?.machine.activityOffset ?? 0 }
    var interpreter: Interpreter? { run.machine?.machine.interpreter }

    /// Since when the run begins nothing new; nil while it goes on.
    package var pausedAt: Timestamp? { outcome == nil ? run.machine?.machine.pausedAt : nil }

    /// A signal came that no answered task has taken yet.
    package var hasUnheardSignals: Bool {
        pending.contains { if case .signaled = $0.kind { true } else { false } }
    }

    /// The seam of a chain: the run that this one goes on from.
    package private(set) var continuedRunID = ""
    package private(set) var firstRunID = ""
    /// The arguments pin the engine's version; nil where another client started it without.
    package private(set) var engineVersion: Int?

    /// Takes the next event; returns whether the steps may have changed.
    @discardableResult
    package mutating func append(_ event: HistoryEvent, fault reason: ReplayFault? = nil) -> Bool {
        fault = fault ?? reason
        lastEventID = event.id
        activities.append(event)
        pending.append(event)
        switch event.kind {
        case .workflowStarted(let started):
            continuedRunID = started.continuedRunID
            firstRunID = started.firstRunID
            engineVersion = (try? started.input.dropFirst().first?.jsonValue())??["engine_version"]?.integer
                .map { Int($0) }
        case .workflowTaskStarted:
            firstTaskAt = firstTaskAt ?? event.time
            started = pending.endIndex - 1
        case .workflowTaskFailed, .workflowTaskTimedOut: started = nil
        case .workflowTaskCompleted:
            guard let started else { break }
            fold(through: started)
            self.started = nil
            return true
        default: break
        }
        guard event.closesRun else { return false }
        closedAt = event.time
        outcome =
            switch event.kind {
            case .completed(let payloads): .completed(payloads)
            case .failed(let failure): .failed(failure)
            case .cancelled(let details): .cancelled(details)
            case .continuedAsNew(let next): .continuedAsNew(newRunID: next)
            case .terminated(let reason, let details): .terminated(reason: reason, details: details)
            default: .timedOut
            }
        fold(through: pending.endIndex - 1)
        return true
    }

    private mutating func fold(through last: Int) {
        let events = Array(pending[...last])
        pending.removeFirst(last + 1)
        guard fault == nil else { return }
        do {
            try run.apply(history: events)
            run.forgetWhatWasSent()
        } catch {
            fault = error
        }
    }
}
