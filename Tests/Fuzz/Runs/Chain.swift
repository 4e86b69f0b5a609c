import Foundation
import Temporal

/// The runs of a workflow, one continued by the next, and those of its children.
struct Chain: Sendable {
    struct Run: Sendable {
        var workflowID: String
        var runID: String
        var events: [HistoryEvent]

        var isTimedOut: Bool { if case .timedOut? = events.last?.kind { true } else { false } }
    }

    private(set) var runs: [Run] = []
    /// By workflow id, in the order of their initiation.
    private(set) var children: [Chain] = []

    /// Reads all from the first run on.
    init(_ workflowID: String, _ runID: String, of client: TemporalClient) async throws {
        var next = runID
        while !next.isEmpty {
            let events = try await client.events(workflowID: workflowID, runID: next)
            runs.append(Run(workflowID: workflowID, runID: next, events: events))
            next = ""
            if case .continuedAsNew(let newRunID)? = events.last?.kind { next = newRunID }
            var initiated: [Int64: String] = [:]
            for event in events {
                switch event.kind {
                case .childInitiated(let id, _): initiated[event.id] = id
                case .childStarted(let event, let run):
                    if let id = initiated[event] { children.append(try await Chain(id, run, of: client)) }
                default: break
                }
            }
        }
    }

    var all: [Run] { runs + children.flatMap(\.all) }

    /// The last run of it or of a child still goes on.
    var open: [String] {
        let last = runs.last.flatMap { $0.events.last?.closesRun == true ? nil : $0.workflowID }
        return [last].compactMap { $0 } + children.flatMap(\.open)
    }

    /// How a workflow within ended.
    func end(of workflowID: String) -> Prediction? {
        guard let last = runs.last, last.workflowID == workflowID else {
            return children.lazy.compactMap { $0.end(of: workflowID) }.first
        }
        switch last.events.last?.kind {
        case .completed(let payloads): return Prediction(.completed(payloads))
        case .failed(let failure): return Prediction(.failed(failure))
        case .cancelled: return .cancelled
        case .terminated: return .terminated
        case .timedOut: return Prediction(.timedOut)
        default: return nil
        }
    }

    /// What was commanded, without what differs between two runs of the same tree. How far a child gets that nobody waits
    /// for, or whose time runs out, is chance.
    func commands(without detached: [String]) -> [String] {
        let root = runs.first?.workflowID ?? ""
        return all.filter { !detached.contains($0.workflowID) && !$0.isTimedOut }.flatMap { run in
            var activities: [Int64: String] = [:]
            return run.events.compactMap { event -> String? in
                guard event.recordsCommand else { return nil }
                switch event.kind {
                case .activityScheduled(let id, _): activities[event.id] = id
                case .activityCancelRequested(let scheduled):
                    return "ActivityTaskCancelRequested \(activities[scheduled] ?? "?")"
                default: break
                }
                return event.summary.replacingOccurrences(of: root, with: "W")
            }
        }
    }

    /// Where the kitchen sink does not do again what is recorded.
    func divergences() -> [String] {
        all.flatMap { run -> [String] in
            do {
                _ = try WorkflowReplayer<KitchenSink>().replay(run.events, runID: run.runID)
                let prefixes = try KitchenSink.divergencesFromPrefixes(of: run.events)
                let parts = try KitchenSink.divergencesInParts(of: run.events)
                return prefixes.map { "\(run.workflowID) from a prefix \($0)" }
                    + parts.map { "\(run.workflowID) in parts \($0)" }
            } catch {
                return ["\(run.workflowID) does not replay: \(error)"]
            }
        }
    }
}
