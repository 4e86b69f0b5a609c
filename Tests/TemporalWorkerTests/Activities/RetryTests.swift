import Foundation
import Synchronization
import Temporal
import TestSupport
import Testing

/// When the server gives an activity up, when it tries again, and what the machine sees of it.
@Suite(.temporalServer(), .timeLimit(.minutes(3)))
struct RetryTests {
    private func open(_ body: (Kitchen) async throws -> Void) async throws {
        try await Kitchen.open(try TemporalServer.current.address, body)
    }

    private static let hang: ActivityHandler = { _ in
        try await Task.sleep(for: .seconds(60))
        return nil
    }

    @Test func startToCloseBoundsOneAttempt() async throws {
        try await open { kitchen in
            let plan = OneActivity.Plan("hang") {
                $0.startToClose = 1
                $0.attempts = 2
            }
            let (failure, state) = try kitchen.failure(try await kitchen.run(plan, Self.hang))
            #expect(failure.kind == .timeout(.startToClose, lastHeartbeatDetails: []))
            #expect(state == .maximumAttemptsReached)
        }
    }

    @Test func scheduleToStartBoundsTheWaitForAWorker() async throws {
        try await open { kitchen in
            let plan = OneActivity.Plan("hang") {
                $0.queue = "nobody-\(UUID())"
                $0.scheduleToStart = 1
                $0.attempts = 0
            }
            let (failure, state) = try kitchen.failure(try await kitchen.run(plan, Self.hang))
            #expect(failure.kind == .timeout(.scheduleToStart, lastHeartbeatDetails: []))
            // It would time out again.
            #expect(state == .nonRetryableFailure || state == .timeout, "\(state)")
        }
    }

    @Test func scheduleToCloseBoundsAllAttempts() async throws {
        try await open { kitchen in
            let attempts = Mutex(0)
            let plan = OneActivity.Plan("refuse") {
                $0.scheduleToClose = 2
                $0.attempts = 0
                $0.interval = 0.3
            }
            let outcome = try await kitchen.run(plan) { _ in
                attempts.withLock { $0 += 1 }
                throw Failure.application("not yet", type: "Refused")
            }
            let (failure, state) = try kitchen.failure(outcome)
            #expect(state == .timeout)
            #expect(attempts.withLock { $0 } > 1)
            // The last attempt's failure stays visible.
            #expect("\(failure)".contains("not yet"), "\(failure)")
        }
    }

    @Test func scheduleToCloseBoundsAnAttemptThatHangs() async throws {
        try await open { kitchen in
            let reason = Mutex<ActivityCancellation?>(nil)
            let plan = OneActivity.Plan("hang") {
                $0.scheduleToClose = 1
                $0.attempts = 0
            }
            let outcome = try await kitchen.run(plan) { task in
                defer { reason.withLock { $0 = task.cancellation } }
                try await Task.sleep(for: .seconds(60))
                return nil
            }
            let (failure, state) = try kitchen.failure(outcome)
            #expect(failure.kind == .timeout(.scheduleToClose, lastHeartbeatDetails: []))
            #expect(state == .timeout)
            try await eventually { reason.withLock { $0 } == .timedOut }
        }
    }

    @Test func silenceBeyondTheHeartbeatTimeoutEndsAnAttempt() async throws {
        try await open { kitchen in
            let reason = Mutex<ActivityCancellation?>(nil)
            let plan = OneActivity.Plan("silent") { $0.heartbeat = 1 }
            let outcome = try await kitchen.run(plan) { task in
                defer { reason.withLock { $0 = task.cancellation } }
                task.heartbeat([try DataConverter.encode("half")])
                try await Task.sleep(for: .seconds(60))
                return nil
            }
            let (failure, state) = try kitchen.failure(outcome)
            #expect(failure.kind == .timeout(.heartbeat, lastHeartbeatDetails: [try DataConverter.encode("half")]))
            #expect(state == .maximumAttemptsReached || state == .timeout, "\(state)")
            // It hears of it here, since it never asks the server again.
            #expect(reason.withLock { $0 } == .timedOut)
        }
    }

    @Test func heartbeatsKeepAnAttemptAliveBeyondTheirTimeout() async throws {
        try await open { kitchen in
            let plan = OneActivity.Plan("steady") { $0.heartbeat = 1 }
            let outcome = try await kitchen.run(plan) { task in
                for _ in 1...30 {
                    task.heartbeat()
                    try await Task.sleep(for: .milliseconds(100))
                }
                return try DataConverter.encode("done")
            }
            #expect(try kitchen.text(outcome) == "\"done\"")
        }
    }

    @Test(arguments: [false, true]) func whatIsNotRetryableIsTriedOnce(byType: Bool) async throws {
        try await open { kitchen in
            let attempts = Mutex(0)
            let plan = OneActivity.Plan("refuse") {
                $0.attempts = 0
                if byType { $0.nonRetryable = ["Refused"] }
            }
            let outcome = try await kitchen.run(plan) { _ in
                attempts.withLock { $0 += 1 }
                throw Failure.application("never", type: "Refused", nonRetryable: !byType)
            }
            let (failure, state) = try kitchen.failure(outcome)
            #expect(failure.message == "never" && state == .nonRetryableFailure)
            #expect(attempts.withLock { $0 } == 1)
        }
    }

    @Test func aFailureCanSayWhenToTryAgain() async throws {
        try await open { kitchen in
            let times = Mutex<[ContinuousClock.Instant]>([])
            let plan = OneActivity.Plan("later") { $0.attempts = 3 }
            let outcome = try await kitchen.run(plan) { task in
                times.withLock { $0.append(.now) }
                guard task.attempt < 2 else { return try DataConverter.encode(task.attempt) }
                throw Failure.application("later", type: "Later", nextRetryDelay: .milliseconds(1_500))
            }
            #expect(try kitchen.text(outcome) == "2")
            let gap = times.withLock { $0[0].duration(to: $0[1]) }
            #expect(gap >= .milliseconds(1_400), "\(gap)")
        }
    }
}
