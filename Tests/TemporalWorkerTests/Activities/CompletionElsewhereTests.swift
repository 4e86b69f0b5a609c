import Foundation
import Synchronization
import Temporal
import TestSupport
import Testing

/// Activities whose handler hands the work on.
@Suite(.temporalServer(), .timeLimit(.minutes(3)))
struct CompletionElsewhereTests {
    /// How the activity is named to the client.
    enum Name: CaseIterable, Sendable { case token, id, idOfLatestRun }

    /// Runs a workflow whose activity is ended by `body`.
    private func handedOn(
        _ name: Name, heartbeat: Double? = nil, attempts: Int = 1,
        _ body: (Kitchen, _ workflowID: String, ActivityReference) async throws -> Void
    ) async throws -> WorkflowOutcome {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let seen = Mutex<ActivityTask?>(nil)
            let plan = OneActivity.Plan("hand-on") {
                $0.heartbeat = heartbeat
                $0.attempts = attempts
            }
            let handOn: ActivityHandler = { task in
                if task.attempt > 1 { return try DataConverter.encode("attempt \(task.attempt)") }
                seen.withLock { $0 = task }
                throw CompletesElsewhere()
            }
            return try await kitchen.withWorkers(
                OneActivity.self, activities: ["hand-on": handOn], configure: { $1.slots = 1 }
            ) {
                let id = try await kitchen.start(plan)
                try await eventually { seen.withLock { $0 != nil } }
                let task = try #require(seen.withLock { $0 })
                let reference: ActivityReference =
                    switch name {
                    case .token: .token(task.token)
                    case .id: .id(workflowID: id, runID: task.runID, activityID: task.activityID)
                    case .idOfLatestRun: .id(workflowID: id, activityID: task.activityID)
                    }
                try await body(kitchen, id, reference)
                return try await kitchen.client.result(workflowID: id)
            }
        }
    }

    private func text(_ outcome: WorkflowOutcome) -> String {
        guard case .completed(let payloads) = outcome else { return "\(outcome)" }
        return payloads.map { String(decoding: $0.data, as: UTF8.self) }.joined()
    }

    @Test(arguments: Name.allCases) func itIsCompletedByTokenOrID(name: Name) async throws {
        let outcome = try await handedOn(name) { kitchen, _, reference in
            try await kitchen.client.completeActivity(reference, result: try DataConverter.encode("elsewhere"))
            // The report was lost, says the caller, and repeats it.
            let error = await #expect(throws: TemporalError.self) {
                try await kitchen.client.completeActivity(reference, result: try DataConverter.encode("again"))
            }
            #expect(error?.code == .notFound)
        }
        #expect(text(outcome) == "\"elsewhere\"")
    }

    @Test(arguments: Name.allCases) func itIsFailedByTokenOrIDAndRetried(name: Name) async throws {
        let outcome = try await handedOn(name, attempts: 2) { kitchen, _, reference in
            try await kitchen.client.failActivity(
                reference, .application("broken", type: "Broken"), lastHeartbeat: [try DataConverter.encode("half")])
        }
        #expect(text(outcome) == "\"attempt 2\"")
    }

    @Test(arguments: Name.allCases) func itHearsOfItsCancellationAndConfirmsIt(name: Name) async throws {
        let outcome = try await handedOn(name, heartbeat: 20) { kitchen, id, reference in
            let details = [try DataConverter.encode("half")]
            #expect(try await kitchen.client.heartbeatActivity(reference, details: details) == nil)
            let pending = try await kitchen.client.describe(workflowID: id).pendingActivities.first
            #expect(pending?.heartbeatDetails == details)
            try await kitchen.signal(id, "cancel")
            try await eventually {
                try await kitchen.client.heartbeatActivity(reference) == .requested
            }
            try await kitchen.client.cancelActivity(reference, details: [try DataConverter.encode("cleaned up")])
        }
        guard case .failed(let failure) = outcome, case .canceled(let details)? = failure.cause?.kind else {
            Issue.record("ended otherwise: \(outcome)")
            return
        }
        #expect(details == [try DataConverter.encode("cleaned up")])
    }

    @Test func theCommandLineCompletesIt() async throws {
        let outcome = try await handedOn(.id) { kitchen, id, _ in
            _ = try await kitchen.temporal(
                "activity", "complete", "--activity-id", "1", "--workflow-id", id, "--result", "\"by hand\"")
        }
        #expect(text(outcome) == "\"by hand\"")
    }

    @Test func itsSlotIsFreeMeanwhile() async throws {
        // One slot: the activity of the second workflow could not begin otherwise.
        let outcome = try await handedOn(.token) { kitchen, _, reference in
            let second = try await kitchen.start(OneActivity.Plan("hand-on"))
            try await kitchen.waitForAttempt(second)
            try await kitchen.client.completeActivity(reference, result: try DataConverter.encode("both"))
            try await kitchen.client.terminate(workflowID: second, reason: "enough")
        }
        #expect(text(outcome) == "\"both\"")
    }

    @Test func whatIsTooLargeIsRefusedBeforeItIsSent() async throws {
        let outcome = try await handedOn(.token) { kitchen, _, reference in
            let huge = Payload.binary(Data(count: 5 << 20))
            let words = String(repeating: "x", count: 3 << 20)
            let client = kitchen.client
            let calls: [() async throws -> Void] = [
                { try await client.completeActivity(reference, result: huge) },
                { try await client.failActivity(reference, .application(words, type: "Wordy")) },
                { try await client.failActivity(reference, .application("x", type: "X"), lastHeartbeat: [huge]) },
                { try await client.cancelActivity(reference, details: [huge]) },
                { try await client.heartbeatActivity(reference, details: [huge]) },
            ]
            for call in calls {
                let error = await #expect(throws: TemporalError.self) { try await call() }
                #expect(error?.code == .payload)
                #expect(error?.message.contains("the server takes 2097152") == true, "\(error?.message ?? "")")
            }
            try await client.completeActivity(reference, result: try DataConverter.encode("small"))
        }
        #expect(text(outcome) == "\"small\"")
    }
}
