import Logging
import Metrics
import ServiceLifecycle
import Synchronization
import Temporal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TaskPumpTests {
    private struct Running: Service {
        let body: @Sendable () async -> Void
        func run() async throws { await body() }
    }

    private static let metrics = WorkerMetrics(
        NOOPMetricsHandler.instance, namespace: "default", taskQueue: "queue", type: .activity)

    private static func source(
        pollers: Int, pacer: Pacer? = nil, _ poll: @escaping @Sendable () async throws(TemporalError) -> Int?
    ) -> TaskPump<Int>.Source {
        .init(pollers: pollers, pacer: pacer, metrics: metrics.poller(.activity), poll: poll)
    }

    /// Runs a pump beside `body`; returns after its graceful shutdown.
    private static func pumping(
        _ sources: [TaskPump<Int>.Source], slots: Int, grace: Duration = .seconds(5),
        handle: @escaping @Sendable (Int) async -> Void, _ body: @Sendable () async throws -> Void
    ) async throws {
        let pump = TaskPump(
            sources: sources, slots: Slots(slots), grace: grace, logger: Kitchen.quiet, handle: handle)
        let group = ServiceGroup(services: [Running { await pump.run() }], logger: Kitchen.quiet)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            try await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private static func hang() async throws(TemporalError) -> Int? {
        do {
            try await Task.sleep(for: .seconds(60))
            return nil
        } catch {
            throw TemporalError(.cancelled, "cancelled")
        }
    }

    @Test(arguments: [2, 3, 8]) func idlePollsOfOneSourceNeverStarveTheFirst(slots: Int) async throws {
        let arrived = Mutex(0)
        let sources = [
            Self.source(pollers: 2) { () async throws(TemporalError) -> Int? in 1 },
            Self.source(pollers: 10) { () async throws(TemporalError) -> Int? in try await Self.hang() },
        ]
        try await Self.pumping(sources, slots: slots) { _ in
            arrived.withLock { $0 += 1 }
            try? await Task.sleep(for: .milliseconds(1))
        } _: {
            try await eventually { arrived.withLock { $0 } > 100 }
        }
    }

    @Test func tasksOfTheFirstSourceNeverStarveAnother() async throws {
        let arrived = Mutex(0)
        let sources = [
            Self.source(pollers: 4) { () async throws(TemporalError) -> Int? in 1 },
            Self.source(pollers: 4) { () async throws(TemporalError) -> Int? in 2 },
        ]
        try await Self.pumping(sources, slots: 2) { kind in
            if kind == 2 { arrived.withLock { $0 += 1 } }
            try? await Task.sleep(for: .milliseconds(1))
        } _: {
            try await eventually { arrived.withLock { $0 } > 100 }
        }
    }

    @Test(arguments: [
        (nil, 100), (TemporalError.Code.unavailable, 100), (.deadlineExceeded, 100), (.notFound, 100),
        (.resourceExhausted, 40),
    ])
    func pollsThatEndAtOnceDoNotSpin(code: TemporalError.Code?, bound: Int) async throws {
        let polls = Mutex(0)
        let source = Self.source(pollers: 4) { () async throws(TemporalError) -> Int? in
            polls.withLock { $0 += 1 }
            if let code { throw TemporalError(code, "planned") }
            return nil
        }
        try await Self.pumping([source], slots: 8) { _ in
        } _: {
            try await Task.sleep(for: .seconds(2))
        }
        let count = polls.withLock { $0 }
        #expect(count >= 4 && count <= bound)
    }

    @Test func pollingGoesOnAfterFailures() async throws {
        let polls = Mutex(0)
        let arrived = Mutex(0)
        let source = Self.source(pollers: 1) { () async throws(TemporalError) -> Int? in
            let count = polls.withLock { polls in
                polls += 1
                return polls
            }
            if count <= 4 { throw TemporalError(.unavailable, "planned") }
            return count
        }
        try await Self.pumping([source], slots: 2) { _ in
            arrived.withLock { $0 += 1 }
            try? await Task.sleep(for: .milliseconds(5))
        } _: {
            try await eventually { arrived.withLock { $0 } > 10 }
        }
    }

    @Test func noMoreTasksRunThanThereAreSlots() async throws {
        let running = Mutex((now: 0, most: 0, total: 0))
        let source = Self.source(pollers: 5) { () async throws(TemporalError) -> Int? in 1 }
        try await Self.pumping([source], slots: 3) { _ in
            running.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
                $0.total += 1
            }
            try? await Task.sleep(for: .milliseconds(2))
            running.withLock { $0.now -= 1 }
        } _: {
            try await eventually { running.withLock { $0.total } > 100 }
        }
        #expect(running.withLock { $0.most } == 3)
    }

    /// Those that wait for a slot, a turn or the end of a pause have nothing under way.
    @Test func shutdownWaitsForPollsButNotForPollersThatPause() async throws {
        let polls = Mutex(0)
        let sources = [
            Self.source(pollers: 2) { () async throws(TemporalError) -> Int? in throw .init(.resourceExhausted, "no") },
            Self.source(pollers: 2, pacer: Pacer(perSecond: 0.01)) { () async throws(TemporalError) -> Int? in 1 },
        ]
        let clock = ContinuousClock()
        let begin = Mutex(clock.now)
        try await Self.pumping(sources, slots: 4) { _ in
            polls.withLock { $0 += 1 }
        } _: {
            try await eventually { polls.withLock { $0 } == 1 }
            begin.withLock { $0 = clock.now }
        }
        #expect(clock.now - begin.withLock { $0 } < .seconds(4))
    }

    @Test func tasksThatOutliveTheGraceAreCancelled() async throws {
        let ended = Mutex<[Bool]>([])
        let first = Mutex(true)
        let source = Self.source(pollers: 1) { () async throws(TemporalError) -> Int? in
            if first.withLock({ isFirst in
                defer { isFirst = false }
                return isFirst
            }) {
                return 1
            }
            throw TemporalError(.unavailable, "planned")
        }
        try await Self.pumping([source], slots: 1, grace: .milliseconds(100)) { _ in
            try? await Task.sleep(for: .seconds(30))
            ended.withLock { $0.append(Task.isCancelled) }
        } _: {
            try await eventually { first.withLock { !$0 } }
        }
        #expect(ended.withLock { $0 } == [true])
    }

    @Test func aPacedSourceNeverGoesFaster() async throws {
        let arrived = Mutex(0)
        let pacer = try #require(Pacer(perSecond: 20))
        let begin = ContinuousClock.now
        let source = Self.source(pollers: 3, pacer: pacer) { () async throws(TemporalError) -> Int? in 1 }
        try await Self.pumping([source], slots: 8) { _ in
            arrived.withLock { $0 += 1 }
        } _: {
            try await eventually { arrived.withLock { $0 } >= 20 }
        }
        #expect(ContinuousClock.now - begin >= .milliseconds(950))
    }

    @Test(arguments: [nil, 0, -1, Double.nan, .infinity]) func aRateThatIsNoneSlowsNobody(rate: Double?) {
        #expect(Pacer(perSecond: rate) == nil)
    }
}
