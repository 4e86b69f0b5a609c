import Metrics
import MetricsTestKit
import Synchronization
import Temporal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WorkflowCacheTests {
    /// A machine of a given size that tells whether it is the only copy.
    struct Sized: WorkflowMachine {
        private final class Part: Sendable {}
        private var part = Part()
        var footprint: Int

        init(start: WorkflowStart) throws(MachineFault) { footprint = Int(start.workflowType) ?? 0 }
        mutating func activate(_ task: Activation) throws(MachineFault) -> Turn {
            Turn(notes: [isKnownUniquelyReferenced(&part) ? "alone" : "copied"])
        }
        func query(_ query: QueryCall) throws(Failure) -> Payload { .null }
    }

    private final class Shared<Value: Sendable>: Sendable {
        let value: Mutex<Value>
        init(_ value: sending Value) { self.value = Mutex(value) }
    }

    private let metrics = TestMetrics()

    private func cache(
        _ runs: Int, bytes: Int = .max, patience: Duration = .seconds(60)
    ) -> WorkflowCache<Sized> {
        let worker = WorkerMetrics(metrics, namespace: "n", taskQueue: "q", type: .workflow)
        return WorkflowCache(runs: runs, bytes: bytes, patience: patience, metrics: StickyCacheMetrics(worker))
    }

    private static func run(_ id: String, bytes: Int = 0) throws -> WorkflowRun<Sized> {
        var run = WorkflowRun<Sized>(namespace: "n", workflowID: "w", runID: id)
        var history = RecordedHistory(workflowType: "\(bytes)")
        history.openTask()
        try run.apply(history: history.events)
        return run
    }

    private func put(_ id: String, bytes: Int = 0, in cache: WorkflowCache<Sized>) async throws {
        try await cache.withRun(id) { $0 = try Self.run(id, bytes: bytes) }
    }

    /// Takes each out, without putting it to use.
    private func kept(_ ids: String..., in cache: WorkflowCache<Sized>) async throws -> [String] {
        var found: [String] = []
        for id in ids where try await cache.withRun(id, { run in run.take() != nil }) { found.append(id) }
        return found
    }

    private func count(_ name: String) throws -> Int64 {
        let labels = [("namespace", "n"), ("task_queue", "q"), ("worker_type", "WorkflowWorker")]
        return try metrics.expectCounter("temporal_\(name)", labels).totalValue
    }

    @Test func theLeastRecentlyUsedLeavesFirst() async throws {
        let cache = cache(3)
        for id in ["a", "b", "c"] { try await put(id, in: cache) }
        try await cache.withRun("a") { _ in }
        try await cache.withRun("stranger") { run in #expect(run == nil) }
        try await put("d", in: cache)
        try await put("e", in: cache)
        #expect(cache.count == 3)
        #expect(try count("sticky_cache_total_forced_eviction") == 2)
        #expect(try await kept("a", "b", "c", "d", "e", in: cache) == ["a", "d", "e"])
        #expect(cache.count == 0)
    }

    @Test func theBytesOfAllRunsAreBounded() async throws {
        let cache = cache(100, bytes: 100_000)
        for id in ["a", "b", "c"] { try await put(id, bytes: 30_000, in: cache) }
        #expect(cache.count == 3)
        try await put("d", bytes: 60_000, in: cache)
        #expect(cache.count == 2)
        try await put("huge", bytes: 200_000, in: cache)
        #expect(try await kept("a", "b", "c", "d", "huge", in: cache) == [])
        // What left is not counted any more.
        for id in ["e", "f", "g"] { try await put(id, bytes: 30_000, in: cache) }
        #expect(try await kept("e", "f", "g", in: cache) == ["e", "f", "g"])
    }

    @Test func ofARunThatGrewInUseTheNewSizeCounts() async throws {
        let cache = cache(100, bytes: 100_000)
        for id in ["a", "b", "c"] { try await put(id, in: cache) }
        try await put("a", bytes: 90_000, in: cache)
        #expect(cache.count == 3)
        try await put("b", bytes: 90_000, in: cache)
        #expect(try await kept("a", "b", "c", in: cache) == ["b"])
    }

    @Test func aThrowEvictsAndSoDoesLeavingNothing() async throws {
        let cache = cache(10)
        try await put("a", in: cache)
        try await put("b", in: cache)
        await #expect(throws: MachineFault.self) {
            try await cache.withRun("a") { _ in throw MachineFault("broken") }
        }
        try await cache.withRun("b") { $0 = nil }
        #expect(cache.count == 0)
        // The end of a run is no forced eviction.
        #expect(try count("sticky_cache_total_forced_eviction") == 1)
    }

    @Test func aCacheOfNoneKeepsNone() async throws {
        let cache = cache(0)
        try await put("a", in: cache)
        #expect(cache.count == 0)
        #expect(try await kept("a", in: cache) == [])
    }

    @Test func aRunInUseIsTheOnlyCopy() async throws {
        let cache = cache(10)
        try await put("a", in: cache)
        for turn in 0..<3 {
            var history = RecordedHistory(workflowType: "0")
            for _ in 0...turn {
                history.task()
                history.signal("go")
            }
            history.openTask()
            let notes = try await cache.withRun("a") { run in
                let news = try #require(run?.continuation(in: history.events))
                return try run?.apply(history: Array(news)) ?? []
            }
            #expect(notes == ["alone"])
        }
    }

    @Test func tasksOfOneRunTakeTurnsInTheOrderTheyCame() async throws {
        let cache = cache(10)
        let order = Shared<[Int]>([])
        try await withThrowingTaskGroup { group in
            for number in 1...20 {
                group.addTask {
                    try await cache.withRun("a") { run in
                        #expect((run == nil) == (number == 1))
                        order.value.withLock { $0.append(number) }
                        try await Task.sleep(for: .milliseconds(20))
                        order.value.withLock { $0.append(number) }
                        if run == nil { run = try Self.run("a") }
                    }
                }
                try await Task.sleep(for: .milliseconds(5))
            }
            // Another run does not wait.
            try await cache.withRun("b") { _ in }
            #expect(order.value.withLock { $0.count } < 40)
            try await group.waitForAll()
        }
        #expect(order.value.withLock { $0 } == (1...20).flatMap { [$0, $0] })
    }

    @Test func whoWaitsTooLongWorksWithoutTheCacheAndLeavesNothingInIt() async throws {
        let cache = cache(10, patience: .milliseconds(50))
        try await put("a", in: cache)
        let (stuck, release) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await cache.withRun("a") { run in
                    #expect(run != nil)
                    for await _ in stuck {}
                }
            }
            try await eventually { cache.count == 0 }
            for _ in 1...3 {
                try await cache.withRun("a") { run in
                    #expect(run == nil)
                    run = try Self.run("a")
                }
                #expect(cache.count == 0)
            }
            await #expect(throws: MachineFault.self) {
                try await cache.withRun("a") { _ in throw MachineFault("broken") }
            }
            release.finish()
            try await group.waitForAll()
        }
        #expect(cache.count == 1)
        try await cache.withRun("a") { run in #expect(run != nil) }
    }

    @Test func manyTasksAtOnceKeepTheBounds() async throws {
        let cache = cache(7)
        let inUse = Shared<Set<String>>([])
        try await withThrowingTaskGroup { group in
            for number in 0..<400 {
                group.addTask {
                    let id = "\(number * 7919 % 23)"
                    _ = try? await cache.withRun(id) { run in
                        #expect(inUse.value.withLock { $0.insert(id).inserted })
                        await Task.yield()
                        run = number % 5 == 0 ? nil : try Self.run(id)
                        inUse.value.withLock { _ = $0.remove(id) }
                        if number % 11 == 0 { throw MachineFault("broken") }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(cache.count <= 7)
        cache.removeAll()
        #expect(cache.count == 0)
        let labels = [("namespace", "n"), ("task_queue", "q"), ("worker_type", "WorkflowWorker")]
        #expect(try metrics.expectGauge("temporal_sticky_cache_size", labels).lastValue == 0)
    }
}
