import Foundation
import Synchronization
import Temporal
import TestSupport
import Testing

/// Activities over a connection on which calls go wrong.
@Suite(.temporalServer(), .timeLimit(.minutes(3)))
struct ActivityFaultTests {
    /// Workers behind a proxy; the kitchen that `body` gets is on the far side of it.
    private func faulty(_ body: (Kitchen, FaultyProxy) async throws -> Void) async throws {
        try await FaultyProxy.with(try TemporalServer.current.address) { proxy in
            try await Kitchen.open(proxy.address) { kitchen in try await body(kitchen, proxy) }
        }
    }

    /// Counts attempts, by number.
    private final class Attempts: Sendable {
        private let seen = Mutex<[Int]>([])
        var all: [Int] { seen.withLock { $0 } }
        func add(_ attempt: Int) { seen.withLock { $0.append(attempt) } }
    }

    enum Trouble: CaseIterable, Sendable {
        case answerIsLost, serverIsAway, serverIsBusy

        var mode: FaultyProxy.Mode {
            switch self {
            case .answerIsLost: .lose
            case .serverIsAway: .refuse("UNAVAILABLE")
            case .serverIsBusy: .refuse("RESOURCE_EXHAUSTED")
            }
        }
    }

    @Test(arguments: Trouble.allCases) func aReportIsRepeatedUntilTheServerHearsIt(trouble: Trouble) async throws {
        try await faulty { kitchen, proxy in
            let attempts = Attempts()
            try proxy.plan("RespondActivityTaskCompleted", trouble.mode, times: trouble == .answerIsLost ? 1 : 3)
            let outcome = try await kitchen.run(OneActivity.Plan("work") { $0.attempts = 0 }) { task in
                attempts.add(task.attempt)
                return try DataConverter.encode("done")
            }
            #expect(try kitchen.text(outcome) == "\"done\"")
            #expect(attempts.all == [1])
            // Heard twice, the second report finds nobody who waits.
            let calls = try proxy.count("RespondActivityTaskCompleted")
            #expect(calls == (trouble == .answerIsLost ? 2 : 4))
        }
    }

    @Test(arguments: Trouble.allCases) func aFailureIsToldOnceHoweverOftenItIsReported(trouble: Trouble) async throws {
        try await faulty { kitchen, proxy in
            let attempts = Attempts()
            try proxy.plan("RespondActivityTaskFailed", trouble.mode)
            let outcome = try await kitchen.run(OneActivity.Plan("work") { $0.attempts = 0 }) { task in
                attempts.add(task.attempt)
                if task.attempt < 3 { throw Failure.application("not yet", type: "Early") }
                return try DataConverter.encode("done")
            }
            #expect(try kitchen.text(outcome) == "\"done\"")
            #expect(attempts.all == [1, 2, 3])
        }
    }

    @Test func aReportIsNotRepeatedBeyondTheTimeOfTheAttempt() async throws {
        try await faulty { kitchen, proxy in
            try proxy.plan("RespondActivityTaskCompleted", .refuse("UNAVAILABLE"), times: 1_000_000)
            let plan = OneActivity.Plan("work") { $0.startToClose = 2 }
            let outcome = try await kitchen.run(plan) { _ in .null }
            let (failure, _) = try kitchen.failure(outcome)
            #expect(failure.kind == .timeout(.startToClose, lastHeartbeatDetails: []))
            // The worker has stopped with the run: it did not hold on for longer than its shutdown takes, and did not spin.
            #expect(try proxy.count("RespondActivityTaskCompleted") < 30)
        }
    }

    @Test func heartbeatsGoOnAfterSomeWereLost() async throws {
        try await faulty { kitchen, proxy in
            try proxy.plan("RecordActivityTaskHeartbeat", .refuse("UNAVAILABLE"), times: 2)
            try proxy.plan("RecordActivityTaskHeartbeat", .refuse("RESOURCE_EXHAUSTED"), times: 1)
            let attempts = Attempts()
            let plan = OneActivity.Plan("steady") {
                $0.heartbeat = 4
                $0.attempts = 2
            }
            let outcome = try await kitchen.run(plan) { task in
                attempts.add(task.attempt)
                for _ in 1...60 {
                    task.heartbeat()
                    try await Task.sleep(for: .milliseconds(100))
                }
                return try DataConverter.encode("done")
            }
            #expect(try kitchen.text(outcome) == "\"done\"")
            #expect(attempts.all == [1])
            // Three refused, one or two taken: not one for each of the sixty.
            #expect(try proxy.count("RecordActivityTaskHeartbeat") < 12)
        }
    }

    /// To the server a worker that is cut off for good is one that was killed.
    @Test func anotherWorkerGoesOnFromTheHeartbeatOfOneThatDied() async throws {
        let attempts = Attempts()
        let work: ActivityHandler = { task in
            attempts.add(task.attempt)
            if task.attempt > 1 { return task.heartbeatDetails.first }
            task.heartbeat([try DataConverter.encode("half")])
            try await Task.sleep(for: .seconds(60))
            return nil
        }
        let queue = "work-\(UUID().uuidString)"
        let plan = OneActivity.Plan("work") {
            $0.queue = queue
            $0.heartbeat = 1
            $0.attempts = 0
        }
        try await FaultyProxy.with(try TemporalServer.current.address) { proxy in
            try await Kitchen.open(try TemporalServer.current.address) { kitchen in
                try await kitchen.withWorkers(OneActivity.self) {
                    let id = try await kitchen.start(plan)
                    // One poll, one heartbeat, and then nothing more is heard of it.
                    try proxy.plan("PollActivityTaskQueue", .refuse("UNAVAILABLE"), times: 1_000_000, skipping: 1)
                    try proxy.plan("RecordActivityTaskHeartbeat", .refuse("UNAVAILABLE"), times: 1_000_000, skipping: 1)
                    try proxy.plan("RespondActivityTaskFailed", .refuse("UNAVAILABLE"), times: 1_000_000)
                    try await Kitchen.open(proxy.address) { dying in
                        try await dying.withActivities(["work": work], on: queue) {
                            try await eventually {
                                let pending = try await kitchen.client.describe(workflowID: id).pendingActivities.first
                                return pending?.heartbeatDetails.isEmpty == false
                            }
                            let outcome = try await kitchen.withActivities(["work": work], on: queue) {
                                try await kitchen.client.result(workflowID: id)
                            }
                            #expect(try kitchen.text(outcome) == "\"half\"")
                        }
                    }
                }
            }
        }
        #expect(attempts.all == [1, 2])
    }

    @Test(arguments: ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "INTERNAL", "NOT_FOUND", "CANCELLED"])
    func pollsThatFailAtOnceDoNotSpinAndPollingGoesOn(code: String) async throws {
        try await faulty { kitchen, proxy in
            for method in ["PollActivityTaskQueue", "PollWorkflowTaskQueue"] {
                try proxy.plan(method, .refuse(code), times: 12)
            }
            let outcome = try await kitchen.run(OneActivity.Plan("work"), configure: { $0.pollers = 4 }) { _ in
                try DataConverter.encode("done")
            }
            #expect(try kitchen.text(outcome) == "\"done\"")
            let counts = try proxy.counts()
            // The twelve, and those that a run of one activity needs.
            #expect(counts["PollActivityTaskQueue \(["refuse", code].joined(separator: ":"))"] == 12)
            #expect((counts["PollActivityTaskQueue"] ?? 0) <= 24, "\(counts)")
            #expect((counts["PollWorkflowTaskQueue"] ?? 0) <= 28, "\(counts)")
        }
    }
}
