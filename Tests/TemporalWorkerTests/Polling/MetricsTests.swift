import Foundation
import Fuzz
import Metrics
import MetricsTestKit
import Synchronization
import Temporal
import TestSupport
import Testing

/// The metrics of workers and calls, by a real run.
@Suite(.temporalServer(), .timeLimit(.minutes(2)))
struct MetricsTests {
    private func measured(_ body: (Kitchen, TestMetrics) async throws -> Void) async throws {
        let address = try TemporalServer.current.address
        let parsed = try #require(TemporalConnection.Configuration.Address(address))
        let metrics = TestMetrics()
        var configuration = TemporalConnection.Configuration(address: parsed)
        configuration.metrics = metrics
        try await TemporalConnection.with(configuration) { connection in
            let queue = "metrics-\(UUID().uuidString)"
            try await body(Kitchen(client: TemporalClient(connection), address: address, queue: queue), metrics)
        }
    }

    private func labels(_ kitchen: Kitchen, _ more: (String, String)...) -> [(String, String)] {
        [("namespace", "default"), ("task_queue", kitchen.queue), ("worker_type", "ActivityWorker")] + more
    }

    @Test func activitiesAreCountedAndTimed() async throws {
        try await measured { kitchen, metrics in
            let activities: [String: ActivityHandler] = [
                "work": { task in
                    if task.attempt == 1 { throw Failure.application("not yet", type: "Early") }
                    try await Task.sleep(for: .milliseconds(50))
                    return try DataConverter.encode("done")
                }
            ]
            let begin = ContinuousClock.now
            try await kitchen.withWorkers(OneActivity.self, activities: activities, configure: { $1.slots = 5 }) {
                let id = try await kitchen.start(OneActivity.Plan("work") { $0.attempts = 2 })
                #expect(try kitchen.text(try await kitchen.client.result(workflowID: id)) == "\"done\"")
                let unknown = try await kitchen.start(OneActivity.Plan("none"))
                _ = try kitchen.failure(try await kitchen.client.result(workflowID: unknown))
            }
            let took = begin.duration(to: .now).components
            let most = took.seconds * 1_000_000_000 + took.attoseconds / 1_000_000_000

            let type = ("activity_type", "work")
            func values(_ name: String) throws -> [Int64] {
                try metrics.expectTimer("temporal_\(name)", labels(kitchen, type)).values
            }
            #expect(try values("activity_schedule_to_start_latency").count == 2)
            let execution = try values("activity_execution_latency")
            #expect(execution.count == 2 && execution.contains { $0 >= 50_000_000 })
            let succeeded = try values("activity_succeed_endtoend_latency")
            // From the first attempt: with the retry's 50 ms.
            #expect(succeeded.count == 1 && succeeded.allSatisfy { $0 >= 100_000_000 })
            #expect((try values("activity_schedule_to_start_latency") + succeeded).allSatisfy { 0...most ~= $0 })
            #expect(
                try metrics.expectCounter("temporal_activity_execution_failed", labels(kitchen, type)).totalValue == 1)
            #expect(
                try metrics.expectCounter("temporal_unregistered_activity_invocation", labels(kitchen)).totalValue == 1)
            let poller = ("poller_type", "activity_task")
            #expect(
                try metrics.expectCounter("temporal_activity_task_received", labels(kitchen, poller)).totalValue == 3)
            #expect(try metrics.expectCounter("temporal_worker_start", labels(kitchen)).totalValue == 1)

            let pollers = try metrics.expectGauge("temporal_num_pollers", labels(kitchen, poller)).values
            #expect(pollers.max() == 2 && pollers.last == 0)
            let used = try metrics.expectGauge("temporal_worker_task_slots_used", labels(kitchen)).values
            let available = try metrics.expectGauge("temporal_worker_task_slots_available", labels(kitchen)).values
            #expect(used.first == 0 && used.last == 0 && used.max() == 1)
            #expect(available.first == 5 && available.last == 5 && available.min() == 4)
        }
    }

    @Test func slotsAreAllUsedWhenAllAreBusy() async throws {
        try await measured { kitchen, metrics in
            let busy: ActivityHandler = { _ in
                try await Task.sleep(for: .milliseconds(300))
                return .null
            }
            let plan = OneActivity.Plan("busy") { $0.count = 9 }
            _ = try await kitchen.run(
                plan,
                configure: {
                    $0.slots = 3
                    $0.pollers = 3
                }, busy)
            let available = try metrics.expectGauge("temporal_worker_task_slots_available", labels(kitchen)).values
            #expect(available.min() == 0 && available.last == 3)
        }
    }

    @Test func workflowsAreCountedAndTimed() async throws {
        try await measured { kitchen, metrics in
            try await kitchen.withWorkers {
                let done = try await kitchen.start([.sleep(0.5), .activity("echo", "x"), .continueAsNew([.say("end")])])
                _ = try await kitchen.log(done)
                for actions in [[Action.fail("no")], [.signal("never")]] {
                    let id = try await kitchen.start(actions)
                    if actions[0].signal != nil { try await kitchen.client.cancel(workflowID: id) }
                    _ = try await kitchen.client.result(workflowID: id)
                }
            }
            let base = [("namespace", "default"), ("task_queue", kitchen.queue), ("worker_type", "WorkflowWorker")]
            let type = base + [("workflow_type", "KitchenSink")]
            func count(_ name: String) throws -> Int64 {
                try metrics.expectCounter("temporal_\(name)", type).totalValue
            }
            #expect(try count("workflow_completed") == 1)
            #expect(try count("workflow_failed") == 1)
            #expect(try count("workflow_canceled") == 1)
            #expect(try count("workflow_continue_as_new") == 1)
            let tasks = try metrics.expectTimer("temporal_workflow_task_execution_latency", type).values
            let waits = try metrics.expectTimer("temporal_workflow_task_schedule_to_start_latency", type).values
            let ends = try metrics.expectTimer("temporal_workflow_endtoend_latency", type).values
            #expect(tasks.count >= 6 && waits.count == tasks.count && waits.allSatisfy { $0 >= 0 })
            #expect(ends.count == 4 && ends.contains { $0 >= 500_000_000 })
            let pollers = ["workflow_task", "sticky_workflow_task"].map { base + [("poller_type", $0)] }
            let received = try pollers.map {
                try metrics.expectCounter("temporal_workflow_task_queue_poll_succeed", $0).totalValue
            }
            #expect(received.reduce(0, +) == Int64(tasks.count) && received.allSatisfy { $0 > 0 }, "\(received)")
            for poller in pollers {
                let values = try metrics.expectGauge("temporal_num_pollers", poller).values
                #expect(values.last == 0 && (1...4).contains(values.max() ?? 0))
            }
            #expect(try metrics.expectCounter("temporal_sticky_cache_hit", base).totalValue > 0)
        }
    }

    @Test func callsAreCountedByOperationAndPollsApart() async throws {
        try await measured { kitchen, metrics in
            try await kitchen.withWorkers(OneActivity.self, activities: ["work": { _ in .null }]) {
                let id = try await kitchen.start(OneActivity.Plan("work"))
                _ = try await kitchen.client.result(workflowID: id)
                await #expect(throws: TemporalError.self) { try await kitchen.client.describe(workflowID: "none") }
            }
            func labels(_ operation: String) -> [(String, String)] {
                [("namespace", "default"), ("operation", operation)]
            }
            #expect(try metrics.expectCounter("temporal_request", labels("StartWorkflowExecution")).totalValue == 1)
            #expect(
                try metrics.expectCounter("temporal_request", labels("RespondActivityTaskCompleted")).totalValue == 1)
            #expect(try metrics.expectTimer("temporal_request_latency", labels("StartWorkflowExecution")).values[0] > 0)
            let failure = labels("DescribeWorkflowExecution") + [("status_code", "NOT_FOUND")]
            #expect(try metrics.expectCounter("temporal_request_failure", failure).totalValue == 1)
            let poll = labels("PollActivityTaskQueue")
            #expect(try metrics.expectCounter("temporal_long_request", poll).totalValue >= 2)
            #expect(try metrics.expectTimer("temporal_long_request_latency", poll).values.count >= 1)
            #expect(metrics.counters(label: "temporal_request", dimensions: poll).isEmpty)
        }
    }

    @Test func whatAnybodyCanNameHasNoLabelWithoutBound() {
        let metrics = TestMetrics()
        let workflows = WorkflowMetricsByType(
            WorkerMetrics(metrics, namespace: "default", taskQueue: "queue", type: .workflow))
        for number in 1...1_000 { workflows["type-\(number)"].completed.increment() }
        workflows["type-1"].completed.increment()
        let counters = metrics.counters(label: "temporal_workflow_completed")
        #expect(counters.count == 101)
        let rest = counters.filter { $0.dimensions.contains { $0 == ("workflow_type", "_other") } }
        #expect(rest.map(\.totalValue) == [900])
    }
}
