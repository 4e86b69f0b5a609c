import Foundation
import Temporal
import TestSupport
import Testing

extension ClientTests {
    @Suite struct Outcomes {
        @Test func failureComesWithItsCauses() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("failure"))
                let outcome = try await client.result(workflowID: started.workflowID)
                guard case .failed(let failure) = outcome else { throw Unexpected(outcome) }
                guard case .application("Outer", nonRetryable: true, let details, nil) = failure.kind else {
                    throw Unexpected(failure)
                }
                #expect(details == [.null, .binary(Data([0, 1]))])
                #expect(failure.message == "outer")
                #expect(failure.stackTrace.contains("peer.py"))
                let cause = try #require(failure.cause)
                guard case .application("Inner", nonRetryable: false, let inner, nil) = cause.kind else {
                    throw Unexpected(cause)
                }
                #expect(inner == [try json("why")])
                #expect(cause.cause == nil)
                #expect("\(failure)" == "outer: inner")
                try await expectSameChain(failure, as: started.workflowID, client)
            }
        }

        @Test func activityFailureNamesTheActivity() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("activity-failure", json("plain")))
                let outcome = try await client.result(workflowID: started.workflowID)
                guard case .failed(let failure) = outcome else { throw Unexpected(outcome) }
                guard case .activity("fail", _, 5, 6, _, .nonRetryableFailure) = failure.kind else {
                    throw Unexpected(failure)
                }
                let broken = try #require(failure.cause)
                guard case .application("Broken", nonRetryable: true, let details, nil) = broken.kind else {
                    throw Unexpected(broken)
                }
                #expect(details.map(text) == [#"{"code":42}"#, "[1,2]"])
                let root = try #require(broken.cause)
                guard case .application("ValueError", _, _, _) = root.kind else { throw Unexpected(root) }
                #expect(root.message == "the root")
                try await expectSameChain(failure, as: started.workflowID, client)
            }
        }

        @Test func heartbeatTimeoutKeepsTheLastDetails() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("activity-failure", json("heartbeat")))
                let outcome = try await client.result(workflowID: started.workflowID)
                guard case .failed(let failure) = outcome else { throw Unexpected(outcome) }
                let cause = try #require(failure.cause)
                guard case .timeout(.heartbeat, let details) = cause.kind else { throw Unexpected(failure) }
                #expect(details.map(text) == ["\"at\"", "7"])
                try await expectSameChain(failure, as: started.workflowID, client)
            }
        }

        @Test func childFailureNamesTheChild() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("child-failure"))
                let outcome = try await client.result(workflowID: started.workflowID)
                guard case .failed(let failure) = outcome else { throw Unexpected(outcome) }
                guard case .childWorkflow("failure", let id, _, let namespace, _, _, _) = failure.kind else {
                    throw Unexpected(failure)
                }
                #expect(id == started.workflowID + "-child")
                #expect(namespace == "default")
                #expect(failure.cause?.message == "outer")
                let child = try await client.describe(workflowID: id)
                #expect(child.execution.parent == .init(workflowID: started.workflowID, runID: started.runID))
                #expect(child.execution.status == .failed)
            }
        }

        @Test func cancelledWorkflowTellsSo() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("waiter"))
                try await client.cancel(workflowID: started.workflowID, reason: "not needed")
                let outcome = try await client.result(workflowID: started.workflowID)
                guard case .cancelled = outcome else { throw Unexpected(outcome) }
                #expect(try await client.describe(workflowID: started.workflowID).execution.status == .canceled)
            }
        }

        @Test func terminatedWorkflowTellsTheReason() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("waiter"))
                try await client.terminate(workflowID: started.workflowID, reason: "enough", details: [json(7)])
                let outcome = try await client.result(workflowID: started.workflowID)
                guard case .terminated("enough", let details) = outcome else { throw Unexpected(outcome) }
                #expect(details == [try json(7)])
                let description = try await client.describe(workflowID: started.workflowID)
                #expect(description.execution.status == .terminated)
                #expect(description.execution.closeTime != nil)
            }
        }

        @Test func timedOutWorkflowTellsSo() async throws {
            try await withClient { client in
                var start = request("waiter")
                start.runTimeout = .seconds(1)
                _ = try await client.startWorkflow(start)
                let outcome = try await client.result(workflowID: start.workflowID)
                guard case .timedOut = outcome else { throw Unexpected(outcome) }
            }
        }

        @Test func continuedWorkflowIsFollowedToItsEnd() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("countdown", json(3)))
                let end = try await client.result(workflowID: started.workflowID, runID: started.runID)
                guard case .completed(let result) = end else { throw Unexpected(end) }
                #expect(result == [try json("lift-off")])

                let first = try await client.result(
                    workflowID: started.workflowID, runID: started.runID, followRuns: false)
                guard case .continuedAsNew(let next) = first else { throw Unexpected(first) }
                let second = try await client.describe(workflowID: started.workflowID, runID: next).execution
                #expect(second.firstRunID == started.runID)
            }
        }

        @Test func retriedWorkflowIsFollowedToItsLastRun() async throws {
            try await withClient { client in
                var start = request("activity-failure", try json("heartbeat"))
                start.retry = RetryPolicy(initialInterval: .milliseconds(100), maximumAttempts: 2)
                let started = try await client.startWorkflow(start)
                let outcome = try await client.result(workflowID: start.workflowID, runID: started.runID)
                guard case .failed = outcome else { throw Unexpected(outcome) }
                let last = try await client.describe(workflowID: start.workflowID).execution
                #expect(last.runID != started.runID)
                #expect(last.firstRunID == started.runID)
            }
        }

        @Test func waitingForAResultCanBeCancelled() async throws {
            try await withClient { client in
                let started = try await client.startWorkflow(request("waiter"))
                let waiting = Task { try await client.result(workflowID: started.workflowID) }
                try await Task.sleep(for: .milliseconds(300))
                waiting.cancel()
                let error = try await #require(throws: TemporalError.self) { try await waiting.value }
                #expect(error.code == .cancelled)
                try await client.terminate(workflowID: started.workflowID)
            }
        }

        @Test func unknownWorkflowHasNoResult() async throws {
            try await withClient { client in
                let error = try await #require(throws: TemporalError.self) {
                    try await client.result(workflowID: "no such workflow")
                }
                #expect(error.code == .notFound)
            }
        }

        /// The official SDK decodes the same chain from the same run.
        private func expectSameChain(_ failure: Failure, as workflowID: String, _ client: TemporalClient) async throws {
            struct Read: Decodable {
                var chain: [PythonFailure]
            }
            let server = try TemporalServer.current
            let output = try await PythonPeer.run(
                PythonPeer.fixture("peer.py"), "result", server.address, server.namespace, workflowID)
            let chain = try JSONDecoder().decode(Read.self, from: output).chain
            var ours: [String] = []
            var next: Failure? = failure
            while let failure = next {
                ours.append(failure.message)
                next = failure.cause
            }
            #expect(chain.map(\.message) == ours)
        }
    }
}
