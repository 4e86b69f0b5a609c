import DevelopmentServer
import Executions
import Foundation
import JSON
import Storage
import Synchronization
import Temporal
import TestSupport
import Testing
import Worker

/// What becomes of an execution from its request to its archive. One server for all suites of this room.
@Suite(.temporalServer(.withShortRuns), .serialized, .timeLimit(.minutes(5)))
struct ExecutionsOnTemporal {}

extension DevelopmentServer.Configuration {
    /// Suggests to continue as new after some tens of events, instead of thousands.
    fileprivate static var withShortRuns: Self {
        var configuration = forTests
        configuration.dynamicConfiguration.append("limit.historyCount.suggestContinueAsNew=40")
        return configuration
    }
}

private let call = "call: activity, with: { taskQueue: QUEUE, name:"

extension ExecutionsOnTemporal {
    @Suite struct Execution {
        @Test func closedExecutionTellsItsStepsAndKeepsItsHistory() async throws {
            try await Workshop.with { shop in
                try await shop.template(
                    "steps",
                    """
                    - first: { \(call) echo, input: { small: 1 } } }
                    - large:
                        call: activity
                        with: { taskQueue: QUEUE, name: echo, input: { text: '${ [range(20000)] | map(tostring) | join(" ") }' } }
                    - caught: { try: [ { bad: { \(call) failing } } } ], catch: { do: [ { mend: { set: { ok: true } } } ] } }
                    """)
                let id = try await shop.start("steps")
                let details = try await shop.closed(id)
                #expect(details.row.status == .completed, "\(details.row.summary.errorMessage ?? "")")
                let steps = Dictionary(
                    details.steps.map { ($0["name"]?.string ?? "", $0) }, uniquingKeysWith: { first, _ in first })
                let first = try #require(steps["first"])
                #expect(first["input"] == ["small": 1] && first["output"] == ["small": 1], "\(first)")
                #expect(first["activity_attempts"] == 1 && first["queue_ms"]?.integer != nil)
                #expect(first["activity_id"]?.string == "\(details.row.summary.latestRunID ?? "")/1")
                let large = try #require(steps["large"])
                #expect(large["input"] == nil && large["output"] == nil, "a large value is told by its size")
                #expect(large["output_bytes"]?.integer ?? 0 > 100_000)
                #expect(
                    steps["bad"]?["status"] == "failed"
                        && steps["bad"]?["error"]?["detail"]?.string?.contains("no") == true)
                #expect(steps["mend"]?["output"] == ["ok": true])
                #expect(details.row.firstTaskAt.map { $0 >= details.row.summary.startedAt } == true)

                let rows = try await shop.database.read {
                    try $0.query("SELECT * FROM execution_steps WHERE execution_id = ? ORDER BY number", [id])
                }
                #expect(rows.count == details.steps.count)
                #expect(try rows[0].get("activity") == "echo" && rows[0].get("attempts") == 1)

                let history = try await shop.executions.history(of: id, tenant: shop.tenant, run: nil)
                #expect(history.isArchived && history.runs == [history.runID])
                let events = Events()
                try await history.forEachEvent { events.append($0) }
                let all = events.all
                #expect(all.first?["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED")
                #expect(all.last?["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED")
                let input = all.first?["workflowExecutionStartedEventAttributes"]?["input"]?["payloads"]
                #expect(input?[1]?["template"] == "steps", "payloads are told as values")
                #expect(!all.contains { $0.serialized().contains("\"identity\"") })
                #expect(
                    await executionError { _ = try await shop.executions.history(of: id, tenant: UUID(), run: nil) }
                        == .unknownExecution)
                #expect(
                    await executionError {
                        _ = try await shop.executions.history(of: id, tenant: shop.tenant, run: "x")
                    }
                        == .unknownHistory)
            }
        }

        @Test func historyOfAnOpenRunComesFromTemporal() async throws {
            try await Workshop.with { shop in
                try await shop.template("gated", "- one: { \(call) gated } }")
                let id = try await shop.start("gated")
                try await shop.gate.arrival(1)
                let history = try await shop.executions.history(of: id, tenant: shop.tenant, run: nil)
                let events = Events()
                try await history.forEachEvent { events.append($0) }
                #expect(!history.isArchived && events.all.count >= 5)
                let open = try await shop.executions.get(id, of: shop.tenant)
                #expect(open.row.status == .running && open.steps.first?["status"] == "running")
                #expect(open.steps.first?["activity_attempts"] == 1, "\(open.steps)")
                shop.gate.open()
                #expect(try await shop.closed(id).row.status == .completed)
            }
        }

        @Test func repeatWithTheSameKeyIsOneExecution() async throws {
            try await Workshop.with { shop in
                try await shop.template("quick", "- one: { set: { x: 1 } }")
                let key = ExecuteRequest.Idempotency(key: "order 7", digest: String(repeating: "a", count: 64))
                let ids = try await withThrowingTaskGroup(of: UUID?.self) { group in
                    for _ in 0..<10 {
                        group.addTask {
                            do {
                                return try await shop.start("quick") { $0.idempotency = key }
                            } catch let error as ExecutionError where error.code == .requestInProgress {
                                return nil
                            }
                        }
                    }
                    return try await group.reduce(into: Set<UUID>()) { if let id = $1 { $0.insert(id) } }
                }
                #expect(ids.count == 1)
                let id = try #require(ids.first)
                _ = try await shop.closed(id)
                #expect(try await shop.start("quick") { $0.idempotency = key } == id, "also after the end")
                var other = key
                other.digest = String(repeating: "b", count: 64)
                let reused = other
                #expect(
                    await executionError { _ = try await shop.start("quick") { $0.idempotency = reused } }
                        == .idempotencyKeyReused)
                #expect(try await shop.store.list(tenant: shop.tenant).executions.count == 1)
            }
        }

        @Test func requestThatBreaksARuleIsRefused() async throws {
            try await Workshop.with { shop in
                try await shop.template("quick", "- one: { set: { x: 1 } }")
                let wrong: [@Sendable (inout ExecuteRequest) -> Void] = [
                    { $0.tags = ["a b"] }, { $0.tags = [""] }, { $0.tags = ["-a"] }, { $0.tags = ["x", "x"] },
                    { $0.tags = [String(repeating: "a", count: 51)] }, { $0.tags = (0...10).map { "t\($0)" } },
                    { $0.priority = 0 }, { $0.priority = 6 }, { $0.startAt = Date(timeIntervalSinceNow: 400 * 86_400) },
                ]
                for change in wrong {
                    #expect(await executionError { _ = try await shop.start("quick", change) } == .invalidRequest)
                }
                #expect(try await shop.store.list(tenant: shop.tenant).executions.isEmpty)
            }
        }

        @Test func delayedStartBeginsAtItsTimeAndCanBeCancelledBefore() async throws {
            try await Workshop.with { shop in
                try await shop.template("quick", "- one: { set: { x: 1 } }")
                let soon = try await shop.start("quick") { $0.startAt = Date(timeIntervalSinceNow: 2) }
                let late = try await shop.start("quick") { $0.startAt = Date(timeIntervalSinceNow: 3600) }
                let gone = try await shop.start("quick") { $0.startAt = Date(timeIntervalSinceNow: 3600) }
                for id in [soon, late, gone] {
                    let row = try await shop.executions.row(id, of: shop.tenant).summary
                    #expect(row.status == .pending && row.latestRunID != nil)
                }
                #expect(
                    await executionError { _ = try await shop.executions.pause(late, of: shop.tenant) }
                        == .cannotBePaused)
                let ended = try await shop.closed(soon)
                #expect(ended.row.status == .completed)
                #expect(ended.row.firstTaskAt.map { $0.timeIntervalSince(ended.row.summary.startedAt) > 1.5 } == true)

                _ = try await shop.executions.cancel(late, of: shop.tenant, reason: "no")
                let cancelled = try await shop.closed(late)
                #expect(
                    cancelled.row.status == .cancelled && cancelled.steps.allSatisfy { $0["status"] != "completed" })
                let terminated = try await shop.executions.terminate(gone, of: shop.tenant, reason: "no")
                #expect(terminated.row.status == .terminated)
            }
        }

        @Test func pausedRunBeginsNothingNewUntilItIsResumed() async throws {
            try await Workshop.with { shop in
                try await shop.template("pair", "- one: { \(call) gated } }\n- two: { \(call) gated } }")
                let id = try await shop.start("pair")
                try await shop.gate.arrival(1)
                let paused = try await shop.executions.pause(id, of: shop.tenant)
                #expect(paused.row.status == .paused)
                shop.gate.open()
                // The activity ends, and its end is recorded; nothing follows.
                try await eventually(timeout: .seconds(20), "the first activity is done") {
                    let run = try await shop.store.get(id)?.summary.latestRunID ?? ""
                    return try await shop.temporal.events(workflowID: id.text, runID: run).contains {
                        if case .activityCompleted = $0.kind { true } else { false }
                    }
                }
                try await Task.sleep(for: .milliseconds(500))
                #expect(shop.gate.arrived == 1)
                let held = try await shop.executions.get(id, of: shop.tenant)
                #expect(held.row.status == .paused && held.steps.count == 1)
                #expect(try await shop.executions.pause(id, of: shop.tenant).row.status == .paused, "twice is once")
                #expect(try await shop.executions.resume(id, of: shop.tenant).row.status == .running)
                try await shop.gate.arrival(2)
                shop.gate.open()
                #expect(try await shop.closed(id).row.status == .completed)
                #expect(
                    await executionError { _ = try await shop.executions.pause(id, of: shop.tenant) } == .notRunning)
            }
        }

        @Test func cancelPassesAPause() async throws {
            try await Workshop.with { shop in
                try await shop.template("long", "- nap: { wait: { hours: 1 } }")
                let id = try await shop.start("long")
                _ = try await shop.executions.pause(id, of: shop.tenant)
                _ = try await shop.executions.cancel(id, of: shop.tenant, reason: "no")
                #expect(try await shop.closed(id).row.status == .cancelled)
            }
        }

        /// Somebody sends the signal with Temporal's own tools: who reads the execution finds out.
        @Test func pauseFromOutsideShows() async throws {
            try await Workshop.with { shop in
                try await shop.template("long", "- nap: { wait: { hours: 1 } }")
                let id = try await shop.start("long")
                try await shop.temporal.signal(workflowID: id.text, name: DefinitionMachine.pauseSignal)
                try await eventually(timeout: .seconds(20), "the pause shows") {
                    try await shop.executions.get(id, of: shop.tenant).row.status == .paused
                }
                #expect(try await shop.store.get(id)?.status == .paused)
                _ = try await shop.executions.terminate(id, of: shop.tenant, reason: "done")
            }
        }

        @Test func runOfAnEarlierEngineCannotBePaused() async throws {
            try await Workshop.with { shop in
                try await shop.template("long", "- nap: { wait: { hours: 1 } }")
                let id = try await shop.start("long") { $0.startAt = Date(timeIntervalSinceNow: 3600) }
                let row = try await shop.executions.row(id, of: shop.tenant)
                let run = try #require(row.summary.latestRunID)
                let first = try #require(try await shop.temporal.events(workflowID: id.text, runID: run).first)
                guard case .workflowStarted(let started) = first.kind else { return }
                // The same with an older pin, as the version before started it.
                var pin = try #require(RunPin(json: try started.input[1].jsonValue()))
                pin.engineVersion = 1
                let old = UUID()
                var new = NewExecution(
                    id: old, tenantID: shop.tenant, definitionID: pin.templateID, input: [:], aiEnhanced: false)
                new.startAt = nil
                _ = try await shop.store.insert(new)
                let request = StartWorkflowRequest(
                    workflowID: old.text, workflowType: "long", taskQueue: shop.queue, input: pin.arguments(input: [:]))
                try await shop.store.markStarted(old, runID: try await shop.temporal.startWorkflow(request).runID)
                #expect(
                    await executionError { _ = try await shop.executions.pause(old, of: shop.tenant) }
                        == .cannotBePaused)
                // The signal sent all the same changes nothing.
                try await shop.temporal.signal(workflowID: old.text, name: DefinitionMachine.pauseSignal)
                try await eventually(timeout: .seconds(20), "the run goes on") {
                    let details = try await shop.executions.get(old, of: shop.tenant)
                    return details.row.status == .running && details.steps.count == 1
                }
                for id in [old, id] { _ = try await shop.executions.terminate(id, of: shop.tenant, reason: "done") }
            }
        }

        @Test func terminatedExecutionKeepsNoStepRunning() async throws {
            try await Workshop.with { shop in
                try await shop.template("long", "- nap: { wait: { hours: 1 } }")
                let id = try await shop.start("long")
                try await eventually(timeout: .seconds(20), "it naps") {
                    try await shop.executions.get(id, of: shop.tenant).steps.count == 1
                }
                let ended = try await shop.executions.terminate(id, of: shop.tenant, reason: "enough")
                #expect(ended.row.status == .terminated && ended.row.summary.errorMessage == "terminated: enough")
                #expect(ended.steps.map { $0["status"] } == ["terminated"] && ended.steps[0]["ended_at"] != nil)
                #expect(
                    await executionError { _ = try await shop.executions.cancel(id, of: shop.tenant, reason: "") }
                        == .notRunning)
            }
        }
    }
}

/// Collects what a closure is given.
private final class Events: Sendable {
    private let collected = Mutex<[JSONValue]>([])
    var all: [JSONValue] { collected.withLock { $0 } }
    func append(_ event: JSONValue) { collected.withLock { $0.append(event) } }
}
