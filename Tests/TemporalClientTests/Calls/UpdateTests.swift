import Foundation
import Temporal
import TestSupport
import Testing

extension ClientTests {
    @Suite struct Updates {
        @Test func updateIsAnsweredOncePerID() async throws {
            try await withWaiter { client, id in
                let updateID = newRequestID()
                for _ in 0..<2 {
                    let update = try await client.update(
                        workflowID: id, name: "put", arguments: [json("one")], updateID: updateID)
                    #expect(update.updateID == updateID)
                    #expect(!update.runID.isEmpty)
                    #expect(try answer(update) == ["one"])
                }
                #expect(try await signals(client, id) == ["one"])
            }
        }

        @Test func acceptedUpdateIsWaitedForLater() async throws {
            try await withWaiter { client, id in
                let accepted = try await client.update(
                    workflowID: id, name: "put", arguments: [json("slow")], waitFor: .accepted)
                #expect(accepted.outcome == nil)
                async let later = client.updateResult(
                    workflowID: id, runID: accepted.runID, updateID: accepted.updateID)
                try await client.signal(workflowID: id, name: "add", input: [json("go")])
                #expect(try answer(try await later) == ["go", "slow"])
                // Also once the run is closed.
                try await client.signal(workflowID: id, name: "add", input: [json("done")])
                _ = try await client.result(workflowID: id)
                let after = try await client.updateResult(workflowID: id, updateID: accepted.updateID)
                #expect(try answer(after) == ["go", "slow"])
            }
        }

        @Test(arguments: [
            ("put", "break", "it broke", "Broken"), ("put", "", "nothing to put", "Empty"),
            ("unheard-of", "x", "unheard-of", ""),
        ])
        func failureAndRejectionAreOutcomes(name: String, value: String, message: String, type: String) async throws {
            try await withWaiter { client, id in
                for stage in [WorkflowUpdate.Stage.accepted, .completed] {
                    let update = try await client.update(
                        workflowID: id, name: name, arguments: [json(value)], waitFor: stage)
                    // Accepted, it may have failed already, or not yet.
                    if stage == .accepted, value == "break", update.outcome == nil { continue }
                    guard case .failed(let failure) = update.outcome else { throw Unexpected(update) }
                    #expect(failure.message.contains(message))
                    guard !type.isEmpty else { continue }
                    guard case .application(type, _, _, _) = failure.kind else { throw Unexpected(failure) }
                }
            }
        }

        @Test func updateWithoutAWorkerEndsInTime() async throws {
            try await withClient { client in
                let id = try await client.startWorkflow(request("waiter", queue: "nobody")).workflowID
                let began = ContinuousClock.now
                let error = try await #require(throws: TemporalError.self) {
                    try await client.update(workflowID: id, name: "put", timeout: .seconds(1))
                }
                #expect(error.code == .deadlineExceeded, "\(error)")
                #expect(ContinuousClock.now - began < .seconds(10))
                try await client.terminate(workflowID: id)
            }
        }

        @Test func closedWorkflowAndUnknownUpdateAreNotFound() async throws {
            try await withWaiter { client, id in
                let unknown = try await #require(throws: TemporalError.self) {
                    try await client.updateResult(workflowID: id, updateID: "never sent", timeout: .seconds(5))
                }
                #expect(unknown.code == .notFound)
                try await client.terminate(workflowID: id)
                let closed = try await #require(throws: TemporalError.self) {
                    try await client.update(workflowID: id, name: "put", arguments: [json("x")], timeout: .seconds(5))
                }
                #expect(closed.code == .notFound)
            }
        }

        private func withWaiter(_ body: (TemporalClient, String) async throws -> Void) async throws {
            try await withClient { client in
                let id = try await client.startWorkflow(request("waiter")).workflowID
                try await body(client, id)
                try? await client.terminate(workflowID: id)
            }
        }

        private func answer(_ update: WorkflowUpdate) throws -> [String] {
            guard case .completed(let payloads) = update.outcome else { throw Unexpected(update) }
            return try DataConverter.decode(from: payloads[0])
        }

        private func signals(_ client: TemporalClient, _ id: String) async throws -> [String] {
            let payloads = try await client.query(workflowID: id, name: "signals", arguments: [json("p")])
            return Array(try DataConverter.decode([String].self, from: payloads[0]).dropFirst())
        }
    }
}
