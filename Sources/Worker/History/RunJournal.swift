import Foundation
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

    var activityOffset: Seq { run.machine?.machine.activityOffset ?? 0 }
    var interpreter: Interpreter? { run.machine?.machine.interpreter }

    /// Since when the run begins nothing new; nil while it goes on.
    package var pausedAt: Timestamp? { outcome == nil ? run.machine?.machine.pausedAt : nil }

    /// The seam of a chain: the run that this one goes on from.
    package var continuedRunID: String { run.started?.continuedRunID ?? "" }

    /// Takes the next event; returns whether the steps may have changed.
    @discardableResult
    package mutating func append(_ event: HistoryEvent) -> Bool {
        lastEventID = event.id
        activities.append(event)
        pending.append(event)
        switch event.kind {
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
