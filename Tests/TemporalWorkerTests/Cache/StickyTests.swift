import Foundation
import Fuzz
import Metrics
import MetricsTestKit
import Synchronization
import Temporal
import TestSupport
import Testing

/// Runs that live on in a worker between their tasks, on a real server.
@Suite(.temporalServer(), .timeLimit(.minutes(4)))
struct StickyTests {
    private static let history = "GetWorkflowExecutionHistory"
    private static let poll = "PollWorkflowTaskQueue"

    /// A kitchen whose calls are counted.
    private func counted(_ body: (Kitchen, FaultyProxy) async throws -> Void) async throws {
        try await FaultyProxy.with(try TemporalServer.current.address) { proxy in
            try await Kitchen.open(proxy.address) { try await body($0, proxy) }
        }
    }

    @Test func aRunInTheCacheNeverFetchesHistory() async throws {
        try await counted { kitchen, proxy in
            try await kitchen.withWorkers {
                let id = try await kitchen.start(
                    (1...10).map { .activity("echo", "\($0)") } + [.sleep(0.05), .signal("go")])
                try await eventually { try await kitchen.query(id).contains("10") }
                for _ in 1...5 { #expect(try await kitchen.query(id).contains("10")) }
                #expect(try proxy.count(Self.history) == 0)
                #expect(try proxy.count("ResetStickyTaskQueue") == 0)
                try await kitchen.signal(id, "go")
                #expect(try await kitchen.log(id).count == 10)
            }
        }
    }

    struct Without: Sendable, CustomTestStringConvertible {
        let name: String
        let configure: @Sendable (inout WorkflowWorkerConfiguration) -> Void
        var testDescription: String { name }
    }

    @Test(arguments: [
        Without(name: "a cache of none") { $0.cacheSize = 0 },
        Without(name: "one slot") { $0.maximumConcurrentTasks = 1 },
        Without(name: "one poller") { $0.pollers = 1 },
    ])
    func withoutACacheEachTaskBringsItsHistory(_ without: Without) async throws {
        try await counted { kitchen, proxy in
            try await kitchen.withWorkers(
                KitchenSink.self, configure: { configuration, _ in without.configure(&configuration) }
            ) {
                let id = try await kitchen.start((1...3).map { .activity("echo", "\($0)") } + [.signal("go")])
                try await eventually { try await kitchen.query(id).contains("3") }
                #expect(try proxy.count(Self.history) == 0)
                try await kitchen.signal(id, "go")
                #expect(try await kitchen.log(id).count == 3)
                try await kitchen.replays(id)
            }
        }
    }

    @Test func runsThatFoundNoPlaceAreFoldedFromTheirWholeHistory() async throws {
        let metrics = TestMetrics()
        try await Kitchen.open(try TemporalServer.current.address, metrics: metrics) { kitchen in
            try await kitchen.withWorkers(
                KitchenSink.self, configure: { configuration, _ in configuration.cacheSize = 1 }
            ) {
                var ids: [String] = []
                for _ in 1...8 {
                    ids.append(
                        try await kitchen.start([.activity("echo", "a"), .signal("go"), .activity("echo", "b")]))
                }
                for id in ids { try await eventually { try await kitchen.query(id).contains("a") } }
                for id in ids { try await kitchen.signal(id, "go") }
                for id in ids {
                    #expect(try await kitchen.log(id) == ["\"a\"", "\"b\""])
                    try await kitchen.replays(id)
                }
            }
            let labels = [("namespace", "default"), ("task_queue", kitchen.queue), ("worker_type", "WorkflowWorker")]
            #expect(try metrics.expectCounter("temporal_sticky_cache_miss", labels).totalValue >= 8)
            #expect(try metrics.expectCounter("temporal_sticky_cache_total_forced_eviction", labels).totalValue >= 8)
            #expect(try metrics.expectGauge("temporal_sticky_cache_size", labels).lastValue == 0)
        }
    }

    @Test func aQueryAfterAnEvictionIsAnsweredAndTheServerToldThatTheRunIsNotHere() async throws {
        try await counted { kitchen, proxy in
            try await kitchen.withWorkers(
                KitchenSink.self, configure: { configuration, _ in configuration.cacheSize = 1 }
            ) {
                let first = try await kitchen.start([.activity("echo", "one"), .signal("go"), .say("end")])
                try await eventually { try await kitchen.query(first).contains("one") }
                let second = try await kitchen.start([.activity("echo", "two"), .signal("go")])
                try await eventually { try await kitchen.query(second).contains("two") }
                let before = try proxy.count(Self.history)
                #expect(try await kitchen.query(first).contains("one"))
                try await eventually { try proxy.count("ResetStickyTaskQueue") == 1 }
                #expect(try proxy.count(Self.history) > before)
                let fetched = try proxy.count(Self.history)
                for _ in 1...3 { #expect(try await kitchen.query(first).contains("one")) }
                // Now the server sends the history with the query.
                #expect(try proxy.count(Self.history) == fetched)
                #expect(try proxy.count("ResetStickyTaskQueue") == 1)
                for id in [first, second] { try await kitchen.signal(id, "go") }
                #expect(try await kitchen.log(first) == ["\"one\"", "end"])
                #expect(try await kitchen.log(second) == ["\"two\""])
            }
        }
    }

    @Test func aClosedRunIsStillAsked() async throws {
        try await counted { kitchen, proxy in
            try await kitchen.withWorkers {
                let ended = try await kitchen.start([.activity("echo", "x"), .say("end")])
                _ = try await kitchen.log(ended)
                for _ in 1...2 { #expect(try await kitchen.query(ended) == #"["\"x\"","end"]"#) }
                let killed = try await kitchen.start([.activity("echo", "x"), .signal("never")])
                try await eventually { try await kitchen.query(killed).contains("x") }
                try await kitchen.client.terminate(workflowID: killed, reason: "enough")
                for _ in 1...2 { #expect(try await kitchen.query(killed) == #"["\"x\""]"#) }
            }
        }
    }

    @Test func queriesBesideTasksSeeNoHalfState() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start((1...25).map { .activity("echo", "\($0)") } + [.signal("go")])
                try await withThrowingTaskGroup { group in
                    for _ in 1...3 {
                        group.addTask {
                            var last = 0
                            while last < 25 {
                                let payloads = try await kitchen.client.query(workflowID: id, name: "log")
                                let log = try DataConverter.decode([String].self, from: try #require(payloads.first))
                                #expect(log == (0..<log.count).map { "\"\($0 + 1)\"" } && log.count >= last)
                                last = log.count
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try await kitchen.signal(id, "go")
                #expect(try await kitchen.log(id).count == 25)
                try await kitchen.replays(id)
            }
        }
    }

    @Test func aWorkerThatWentGracefullyHoldsNobodyUp() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let id = try await kitchen.start([.activity("echo", "a"), .signal("go"), .say("end")])
            // So long that waiting for it would fail the test.
            let configure: (inout WorkflowWorkerConfiguration, inout ActivityWorkerConfiguration) -> Void = {
                configuration, _ in
                configuration.stickyTimeout = .seconds(120)
            }
            try await kitchen.withWorkers(KitchenSink.self, configure: configure) {
                try await eventually { try await kitchen.query(id).contains("a") }
            }
            try await kitchen.withWorkers(KitchenSink.self, configure: configure) {
                let begin = ContinuousClock.now
                try await kitchen.signal(id, "go")
                #expect(try await kitchen.log(id) == ["\"a\"", "end"])
                #expect(ContinuousClock.now - begin < .seconds(60))
            }
        }
    }

    @Test func aRunThatARejectedUpdateTouchedGoesOn() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([
                    .activity("echo", "a"), .signal("go"), .activity("echo", "b"), .signal("go"),
                ])
                try await eventually { try await kitchen.query(id).contains("a") }
                for round in 1...2 {
                    for _ in 1...2 {
                        let answer = try await kitchen.temporal(
                            "workflow", "update", "execute", "--workflow-id", id, "--name", "no such update",
                            mayFail: true)
                        #expect(answer.contains("update"), "\(answer)")
                    }
                    try await kitchen.signal(id, "go", "\(round)")
                }
                #expect(try await kitchen.log(id).sorted() == ["\"1\"", "\"2\"", "\"a\"", "\"b\""])
                try await kitchen.replays(id)
            }
        }
    }

    @Test func aHistoryOfManyPagesIsFoldedWhole() async throws {
        try await counted { kitchen, proxy in
            let signals = 1_500
            let id = try await kitchen.start(
                [.activity("echo", "a")] + (1...signals).map { _ in .signal("go") } + [.say("end")])
            try await kitchen.withWorkers(
                KitchenSink.self, configure: { configuration, _ in configuration.cacheSize = 0 }
            ) {
                try await eventually { try await kitchen.query(id).contains("a") }
            }
            try await withThrowingTaskGroup { group in
                for worker in 0..<8 {
                    group.addTask {
                        for number in 0..<signals where number % 8 == worker && number > 0 {
                            try await kitchen.signal(id, "go", "\(number)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            for size in [0, 10] {
                let before = try proxy.count(Self.history)
                try await kitchen.withWorkers(
                    KitchenSink.self, configure: { configuration, _ in configuration.cacheSize = size }
                ) {
                    try await eventually { try await kitchen.query(id).contains("\(signals - 1)") }
                }
                // More pages than the one that comes with a task.
                #expect(try proxy.count(Self.history) > before)
            }
            try await kitchen.withWorkers {
                try await kitchen.signal(id, "go", "last")
                let log = try await kitchen.log(id)
                #expect(log.count == signals + 2 && log.suffix(2) == ["\"last\"", "end"])
            }
            let recorded = try await kitchen.client.events(workflowID: id)
            _ = try WorkflowReplayer<KitchenSink>().replay(recorded)
            try expectSameCommandsInParts(of: recorded, KitchenSink.self)
        }
    }
}
