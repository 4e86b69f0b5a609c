import Foundation
import Temporal
import TestSupport
import Testing

extension ClientTests {
    @Suite struct Steering {
        @Test func signalArrivesOncePerRequest() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("waiter"))
                let id = newRequestID()
                for _ in 0..<3 {
                    try await client.signal(
                        workflowID: started.workflowID, name: "add", input: [json("one")], requestID: id)
                }
                try await client.signal(
                    workflowID: started.workflowID, runID: started.runID, name: "add", input: [json("done")])
                let outcome = try await client.result(workflowID: started.workflowID)
                guard case .completed(let result) = outcome else { throw Unexpected(outcome) }
                #expect(try DataConverter.decode([String].self, from: result[0]) == ["one", "done"])
            }
        }

        /// More than one page of events, and more bytes than gRPC takes by default.
        @Test func longAndLargeHistoryIsReadWhole() async throws {
            try await withClient { client in
                let id = try await client.startWorkflow(request("waiter", queue: "nobody")).workflowID
                try await withThrowingTaskGroup { group in
                    for part in 0..<8 {
                        group.addTask {
                            for index in 0..<35 {
                                try await client.signal(workflowID: id, name: "add", input: [json("\(part) \(index)")])
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let large = try json(String(repeating: "x", count: 1_500_000))
                for _ in 0..<4 { try await client.signal(workflowID: id, name: "add", input: [large]) }
                let events = try await client.events(workflowID: id)
                let signals = events.compactMap { event in
                    if case .signaled(let call) = event.kind { call.input.first?.data.count } else { nil }
                }
                #expect(signals.count == 8 * 35 + 4)
                #expect(signals.filter { $0 > 1_500_000 }.count == 4)
                #expect(events.map(\.id) == Array(1...Int64(events.count)))
                try await client.terminate(workflowID: id)
            }
        }

        @Test func queryIsAnsweredAlsoAfterTheEnd() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("waiter"))
                try await client.signal(workflowID: started.workflowID, name: "add", input: [json("x")])
                func ask(_ rejecting: TemporalClient.QueryRejection = .never) async throws -> [String] {
                    let answer = try await client.query(
                        workflowID: started.workflowID, name: "signals", arguments: [json("p")], rejecting: rejecting)
                    return try DataConverter.decode([String].self, from: answer[0])
                }
                #expect(try await ask() == ["p", "x"])
                #expect(try await ask(.closed) == ["p", "x"])
                try await client.terminate(workflowID: started.workflowID)
                #expect(try await ask() == ["p", "x"])
                for condition in [TemporalClient.QueryRejection.closed, .notCompleted] {
                    let error = try await #require(throws: TemporalError.self) { try await ask(condition) }
                    #expect(error.code == .queryRejected(.terminated))
                }
            }
        }

        @Test func failedQueryTellsWhy() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("waiter"))
                for (name, message) in [("broken", "no answer"), ("unheard-of", "unheard-of")] {
                    let error = try await #require(throws: TemporalError.self) {
                        try await client.query(workflowID: started.workflowID, name: name)
                    }
                    guard case .queryFailed(let failure) = error.code else { throw Unexpected(error.code) }
                    #expect(failure.message.contains(message))
                    #expect(error.message.contains(message))
                }
                try await client.terminate(workflowID: started.workflowID)
            }
        }

        @Test func queryWithoutAWorkerEndsInTime() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("waiter", queue: "nobody"))
                let began = ContinuousClock.now
                let error = try await #require(throws: TemporalError.self) {
                    try await client.query(workflowID: started.workflowID, name: "signals", timeout: .seconds(1))
                }
                #expect([.deadlineExceeded, .failedPrecondition].contains(error.code), "\(error.code): \(error)")
                #expect(ContinuousClock.now - began < .seconds(5))
                try await client.terminate(workflowID: started.workflowID)
            }
        }

        @Test func pendingActivityTellsItsAttempts() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("activity-failure", json("retry")))
                try await eventually {
                    let pending = try await client.describe(workflowID: started.workflowID).pendingActivities
                    return pending.first.map { $0.attempt >= 3 && $0.lastFailure != nil } ?? false
                }
                let activity = try #require(
                    try await client.describe(workflowID: started.workflowID).pendingActivities.first)
                #expect(activity.activityType == "fail")
                #expect(!activity.activityID.isEmpty)
                #expect(activity.maximumAttempts == 0)
                #expect(activity.lastFailure?.message.hasPrefix("attempt ") == true)
                #expect(activity.lastWorkerIdentity.isEmpty == false)
                #expect(activity.scheduledTime != nil)
                try await client.terminate(workflowID: started.workflowID)
            }
        }

        @Test func closedWorkflowTakesNothing() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("nothing"))
                _ = try await client.result(workflowID: started.workflowID)
                let id = started.workflowID
                // Asking a closed workflow to end is no error to the server.
                try await client.cancel(workflowID: id)
                let steps: [@Sendable () async throws -> Void] = [
                    { try await client.signal(workflowID: id, name: "add") },
                    { try await client.terminate(workflowID: id) },
                ]
                for step in steps {
                    let error = try await #require(throws: TemporalError.self) { try await step() }
                    #expect(error.code == .notFound)
                }
            }
        }

        @Test func unknownWorkflowIsNotFound() async throws {
            try await withClient { client in
                let error = try await #require(throws: TemporalError.self) {
                    try await client.describe(workflowID: "unknown", runID: "")
                }
                await #expect(throws: TemporalError.self) { try await client.cancel(workflowID: "unknown") }
                #expect(error.code == .notFound)
                let malformed = try await #require(throws: TemporalError.self) {
                    try await client.describe(workflowID: "unknown", runID: "no uuid")
                }
                #expect(malformed.code == .invalidArgument)
            }
        }
    }
}
