import Foundation
import Fuzz
import Synchronization
import Temporal
import TestSupport
import Testing

@Suite(.temporalServer(), .timeLimit(.minutes(3)))
struct ActivityTests {
    @Test func anAttemptKnowsWhatItIsFor() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let seen = Mutex<ActivityTask?>(nil)
            let look: ActivityHandler = { task in
                seen.withLock { $0 = task }
                return nil
            }
            try await kitchen.withWorkers(KitchenSink.self, activities: ["look": look]) {
                let id = try await kitchen.start([
                    .activity("look", "in") {
                        $0.heartbeat = 5
                        $0.attempts = 7
                    }
                ])
                #expect(try await kitchen.log(id) == ["nil"])
                let task = try #require(seen.withLock { $0 })
                #expect(task.activityType == "look" && task.activityID == "1" && task.attempt == 1)
                #expect(task.workflowID == id && task.workflowType == "KitchenSink" && task.taskQueue == kitchen.queue)
                #expect(task.namespace == "default" && !task.runID.isEmpty && task.input.map(text) == ["\"in\""])
                #expect(task.startToClose == .seconds(10) && task.heartbeatTimeout == .seconds(5))
                #expect(task.retry?.maximumAttempts == 7 && task.startedAt >= task.scheduledAt)
            }
        }
    }

    @Test func theNextAttemptFindsTheLastHeartbeatThatTheThrottleHeldBack() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let resume: ActivityHandler = { task in
                if task.attempt > 1 { return task.heartbeatDetails.first }
                for step in 1...100 { task.heartbeat([try DataConverter.encode(step)]) }
                throw Failure.application("interrupted", type: "Interrupted")
            }
            try await kitchen.withWorkers(KitchenSink.self, activities: ["resume": resume]) {
                let id = try await kitchen.start([
                    .activity("resume") {
                        $0.heartbeat = 30
                        $0.attempts = 2
                    }
                ])
                #expect(try await kitchen.log(id) == ["100"])
            }
        }
    }

    @Test func anAttemptThatIsNoLongerWantedIsCancelledAndKnowsWhy() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let reasons = Mutex<[String: ActivityCancellation?]>([:])
            let slow: ActivityHandler = { task in
                do {
                    while true {
                        task.heartbeat()
                        try await Task.sleep(for: .milliseconds(50))
                    }
                } catch {
                    reasons.withLock { $0[task.workflowID] = task.cancellation }
                    throw error
                }
            }
            try await kitchen.withWorkers(KitchenSink.self, activities: ["slow": slow]) {
                let requested = try await kitchen.start([
                    .race([
                        [
                            .activity("slow") {
                                $0.heartbeat = 2
                                $0.startToClose = 60
                            }
                        ], [.sleep(0.3)],
                    ]), .signal("go"),
                ])
                let terminated = try await kitchen.start([
                    .activity("slow") {
                        $0.heartbeat = 2
                        $0.startToClose = 60
                    }
                ])
                let timedOut = try await kitchen.start([
                    .activity("slow") {
                        $0.heartbeat = 2
                        $0.startToClose = 1
                    }
                ])
                try await eventually {
                    try await kitchen.client.describe(workflowID: terminated).pendingActivities.first?.state == .started
                }
                try await kitchen.client.terminate(workflowID: terminated, reason: "enough")
                try await eventually { reasons.withLock { $0.count } == 3 }
                let seen = reasons.withLock { $0 }
                #expect(seen == [requested: .requested, terminated: .gone, timedOut: .timedOut])
            }
        }
    }

    @Test func noMoreAttemptsRunAtOnceThanThereAreSlots() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let running = Mutex((now: 0, most: 0))
            let busy: ActivityHandler = { _ in
                running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                try await Task.sleep(for: .milliseconds(100))
                running.withLock { $0.now -= 1 }
                return nil
            }
            try await kitchen.withWorkers(
                KitchenSink.self, activities: ["busy": busy],
                configure: {
                    $1.slots = 3
                    $1.pollers = 3
                }
            ) {
                let id = try await kitchen.start([.parallel((1...12).map { _ in [.activity("busy")] })])
                #expect(try await kitchen.log(id).count == 12)
            }
            #expect(running.withLock { $0.most } == 3)
        }
    }

    @Test func anOrdinaryErrorIsAFailureWithItsTypeAndWords() async throws {
        struct Broken: Error, CustomStringConvertible { var description: String { "a spring is loose" } }
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers(KitchenSink.self, activities: ["broken": { _ in throw Broken() }]) {
                let id = try await kitchen.start([.activity("broken")])
                guard case .failed(let failure) = try await kitchen.client.result(workflowID: id),
                    case .application("Broken", false, _, _)? = failure.cause?.kind
                else {
                    Issue.record("ended otherwise")
                    return
                }
                #expect(failure.cause?.message == "a spring is loose")
            }
        }
    }

    @Test(
        arguments: [
            (nil, Duration.seconds(30)), (.seconds(1), .milliseconds(800)), (.seconds(600), .seconds(60)),
            (.zero, .seconds(30)),
        ] as [(Duration?, Duration)])
    func heartbeatsAreThrottled(_ timeout: Duration?, _ interval: Duration) {
        #expect(ActivityTask.heartbeatInterval(timeout: timeout) == interval)
    }
}
