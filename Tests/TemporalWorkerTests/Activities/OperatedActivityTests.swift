import Foundation
import Synchronization
import Temporal
import TestSupport
import Testing

/// What operators do to activities: pause, unpause, reset.
@Suite(.temporalServer(), .timeLimit(.minutes(3)))
struct OperatedActivityTests {
    /// What attempts saw.
    private struct Seen: Sendable {
        var attempts: [Int] = []
        var details: [[Payload]] = []
        var reasons: [ActivityCancellation?] = []
    }

    private final class Notes: Sendable {
        private let state = Mutex((seen: Seen(), isEnough: false))
        var seen: Seen { state.withLock { $0.seen } }
        var isEnough: Bool { state.withLock { $0.isEnough } }
        func note(_ change: @Sendable (inout Seen) -> Void) { state.withLock { change(&$0.seen) } }
        func enough() { state.withLock { $0.isEnough = true } }
    }

    /// Fails at first, then works until it is cancelled, or it is told that it is enough.
    private static func working(_ notes: Notes, failures: Int) -> ActivityHandler {
        { task in
            notes.note {
                $0.attempts.append(task.attempt)
                $0.details.append(task.heartbeatDetails)
            }
            if task.attempt <= failures, !notes.isEnough { throw Failure.application("not yet", type: "Early") }
            do {
                while !notes.isEnough {
                    task.heartbeat([try DataConverter.encode("half of \(task.attempt)")])
                    try await Task.sleep(for: .milliseconds(50))
                }
                return try DataConverter.encode("done")
            } catch {
                notes.note { $0.reasons.append(task.cancellation) }
                throw error
            }
        }
    }

    private func operated(
        failures: Int = 0,
        _ body: (Kitchen, String, _ seen: () -> Seen, _ enough: () -> Void) async throws -> Void
    ) async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let notes = Notes()
            let plan = OneActivity.Plan("work") {
                $0.heartbeat = 1
                $0.attempts = 0
            }
            let work = Self.working(notes, failures: failures)
            try await kitchen.withWorkers(OneActivity.self, activities: ["work": work]) {
                let id = try await kitchen.start(plan)
                try await kitchen.waitForAttempt(id, failures + 1)
                try await body(kitchen, id, { notes.seen }, { notes.enough() })
                #expect(try kitchen.text(try await kitchen.client.result(workflowID: id)) == "\"done\"")
            }
        }
    }

    private func state(_ kitchen: Kitchen, _ id: String) async throws -> PendingActivity? {
        try await kitchen.client.describe(workflowID: id).pendingActivities.first
    }

    @Test func aPausedAttemptStopsAndGoesOnFromItsHeartbeatWhenUnpaused() async throws {
        try await operated { kitchen, id, seen, enough in
            try await kitchen.client.pauseActivity(workflowID: id, activityID: "1", reason: "look at it")
            try await eventually { seen().reasons == [.paused] }
            try await eventually { try await state(kitchen, id)?.state == .paused }
            try await Task.sleep(for: .milliseconds(500))
            #expect(seen().attempts == [1])
            enough()
            try await kitchen.client.unpauseActivity(workflowID: id, activityID: "1")
            try await eventually { seen().attempts.count == 2 }
            #expect(seen().details.last == [try DataConverter.encode("half of 1")])
        }
    }

    @Test func unpausingCanBeginAnew() async throws {
        try await operated { kitchen, id, seen, enough in
            try await kitchen.client.pauseActivity(workflowID: id, activityID: "1")
            try await eventually { try await state(kitchen, id)?.state == .paused }
            enough()
            try await kitchen.client.unpauseActivity(
                workflowID: id, activityID: "1", resetAttempts: true, resetHeartbeat: true)
            try await eventually { seen().attempts.count == 2 }
            #expect(seen().attempts == [1, 1])
            #expect(seen().details.last == [])
        }
    }

    @Test func aResetAttemptStopsAndTheCountBeginsAnew() async throws {
        try await operated(failures: 3) { kitchen, id, seen, enough in
            #expect(seen().attempts == [1, 2, 3, 4])
            try await kitchen.client.resetActivity(workflowID: id, activityID: "1", resetHeartbeat: true)
            try await eventually { !seen().reasons.isEmpty }
            // The server counts from one at once, and may no longer know the attempt that it had counted as the fourth.
            #expect(seen().reasons == [.reset] || seen().reasons == [.gone], "\(seen().reasons)")
            enough()
            // The server counts the attempt that stopped as the first.
            try await eventually { seen().attempts.count > 4 }
            #expect(seen().attempts[4] <= 2, "\(seen().attempts)")
            #expect(seen().details[4] == [])
        }
    }

    @Test func whatIsNotThereCannotBePaused() async throws {
        try await operated { kitchen, id, _, enough in
            for call in [
                { try await kitchen.client.pauseActivity(workflowID: id, activityID: "none") },
                { try await kitchen.client.unpauseActivity(workflowID: id, activityID: "none") },
                { try await kitchen.client.resetActivity(workflowID: id, activityID: "none") },
                { try await kitchen.client.pauseActivity(workflowID: "none", activityID: "1") },
            ] {
                let error = await #expect(throws: TemporalError.self) { try await call() }
                #expect(error?.code == .notFound)
            }
            enough()
        }
    }
}
