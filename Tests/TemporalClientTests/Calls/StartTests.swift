import Foundation
import Temporal
import TestSupport
import Testing

extension ClientTests {
    @Suite struct Start {
        @Test func resultComesBackAsSent() async throws {
            try await withClient { client in
                let start = try request("echo", json("é"), json(["a": [1, 2]]), .null, json(1.5))
                let started = try await client.startWorkflow(start)
                #expect(started.isNew)
                #expect(!started.runID.isEmpty)
                let outcome = try await client.result(workflowID: started.workflowID, runID: started.runID)
                guard case .completed(let result) = outcome else { throw Unexpected(outcome) }
                // Python escapes what is not ASCII.
                #expect(text(result.first).filter { $0 != " " } == #"["\u00e9",{"a":[1,2]},null,1.5]"#)
            }
        }

        @Test func bytesAndNothingComeBack() async throws {
            try await withClient { client in
                let bytes = try await client.startWorkflow(request("bytes", .binary(Data([0, 255]))))
                let outcome = try await client.result(workflowID: bytes.workflowID)
                guard case .completed(let result) = outcome else { throw Unexpected(outcome) }
                #expect(result == [.binary(Data([0, 255, 33]))])

                let nothing = try await client.startWorkflow(request("nothing"))
                let none = try await client.result(workflowID: nothing.workflowID)
                guard case .completed(let result) = none else { throw Unexpected(none) }
                #expect(result == [.null])
            }
        }

        @Test func officialSDKReadsWhatWeGave() async throws {
            try await withClient { client in
                try await client.addSearchAttributes([
                    "ClientText": .text, "ClientInt": .int, "ClientDouble": .double, "ClientTime": .datetime,
                    "ClientList": .keywordList,
                ])
                var start = request("waiter")
                start.memo = ["note": try json(["deep": [true]])]
                start.searchAttributes = [
                    "TenantId": .keyword("tenant-1"), "AIEnhanced": .bool(true), "ClientText": .text("some words"),
                    "ClientInt": .int(1 << 53), "ClientDouble": .double(0.5), "ClientList": .keywordList(["a", "b"]),
                    "ClientTime": .datetime(Timestamp(seconds: 1_700_000_000, nanoseconds: 123_000_000)),
                ]
                start.priority = Priority(key: 2, fairnessKey: "tenant-1", fairnessWeight: 1.5)
                start.summary = "One line"
                start.details = "**Many** lines"
                start.executionTimeout = .seconds(600)
                start.runTimeout = .seconds(300)
                let started = try await client.startWorkflow(start)

                let server = try TemporalServer.current
                let output = try await PythonPeer.run(
                    PythonPeer.fixture("peer.py"), "describe", server.address, server.namespace, start.workflowID)
                let read = try #require(try JSONSerialization.jsonObject(with: output) as? [String: Any])
                #expect(read["run_id"] as? String == started.runID)
                #expect(read["status"] as? String == "RUNNING")
                #expect(read["type"] as? String == "waiter")
                #expect(read["task_queue"] as? String == "peer")
                #expect(read["summary"] as? String == "One line")
                #expect(read["details"] as? String == "**Many** lines")
                #expect(read["memo"] as? [String: [String: [Bool]]] == ["note": ["deep": [true]]])
                let attributes = try #require(read["search_attributes"] as? [String: [String]])
                #expect(attributes["TenantId"] == ["KEYWORD", "tenant-1"])
                #expect(attributes["AIEnhanced"] == ["BOOL", "True"])
                #expect(attributes["ClientText"] == ["TEXT", "some words"])
                #expect(attributes["ClientInt"] == ["INT", "9007199254740992"])
                #expect(attributes["ClientDouble"] == ["DOUBLE", "0.5"])
                #expect(attributes["ClientList"] == ["KEYWORD_LIST", "['a', 'b']"])
                #expect(attributes["ClientTime"] == ["DATETIME", "2023-11-14 22:13:20.123000+00:00"])
                let priority = try #require(read["priority"] as? [Any])
                #expect(priority[0] as? Int == 2)
                #expect(priority[1] as? String == "tenant-1")
                #expect(priority[2] as? Double == 1.5)

                let description = try await client.describe(workflowID: start.workflowID)
                #expect(description.execution.runID == started.runID)
                #expect(description.execution.firstRunID == started.runID)
                #expect(description.execution.status == .running)
                let ours = description.execution.searchAttributes.values.filter {
                    start.searchAttributes[$0.key] != nil
                }
                #expect(ours == start.searchAttributes.values)
                #expect(description.execution.memo == start.memo)
                #expect(description.execution.priority == start.priority)
                #expect(description.execution.taskQueue == "peer")
                #expect(description.execution.workflowType == "waiter")
                #expect(description.execution.closeTime == nil)
                #expect(description.summary == "One line")
                #expect(description.details == "**Many** lines")
                #expect(description.executionTimeout == .seconds(600))
                #expect(description.runTimeout == .seconds(300))
                try await client.terminate(workflowID: start.workflowID)
            }
        }

        @Test func repeatedStartIsOneStart() async throws {
            try await withClient { client in
                var start = request("waiter")
                start.reusePolicy = .rejectDuplicate
                let first = try await client.startWorkflow(start)
                let again = try await client.startWorkflow(start)
                #expect(again.runID == first.runID)
                try await client.terminate(workflowID: start.workflowID)
                let afterClose = try await client.startWorkflow(start)
                #expect(afterClose.runID == first.runID)
            }
        }

        @Test func runningWorkflowOfTheSameIDIsNamed() async throws {
            try await withClient { client in
                var start = request("waiter")
                let first = try await client.startWorkflow(start)
                start.requestID = newRequestID()
                let error = try await #require(throws: TemporalError.self) { try await client.startWorkflow(start) }
                #expect(error.code == .alreadyStarted(runID: first.runID))

                start.conflictPolicy = .useExisting
                let existing = try await client.startWorkflow(start)
                #expect(existing.runID == first.runID)
                #expect(!existing.isNew)

                start.requestID = newRequestID()
                start.conflictPolicy = .terminateExisting
                let other = try await client.startWorkflow(start)
                #expect(other.runID != first.runID)
                #expect(other.isNew)
                let ended = try await client.result(workflowID: start.workflowID, runID: first.runID)
                guard case .terminated = ended else { throw Unexpected(ended) }
                try await client.terminate(workflowID: start.workflowID)

                start.requestID = newRequestID()
                start.conflictPolicy = .fail
                start.reusePolicy = .rejectDuplicate
                let closed = try await #require(throws: TemporalError.self) { try await client.startWorkflow(start) }
                #expect(closed.code == .alreadyStarted(runID: other.runID))
            }
        }

        @Test func signalWithStartStartsOnceAndSignalsAlways() async throws {
            try await withClient { client in
                var start = request("waiter")
                let first = try await client.signalWithStart(start, signal: "add", input: [json("one")])
                #expect(first.isNew)
                start.requestID = newRequestID()
                let second = try await client.signalWithStart(start, signal: "add", input: [json("done")])
                #expect(second.runID == first.runID)
                #expect(!second.isNew)
                let outcome = try await client.result(workflowID: start.workflowID)
                guard case .completed(let result) = outcome else { throw Unexpected(outcome) }
                #expect(try DataConverter.decode([String].self, from: result[0]) == ["one", "done"])
            }
        }

        @Test func unknownNamespaceAndBadRequestAreTold() async throws {
            try await withClient(namespace: "nowhere") { client in
                let error = try await #require(throws: TemporalError.self) {
                    try await client.startWorkflow(request("echo"))
                }
                #expect(error.code == .namespaceNotFound)
            }
            try await withClient { client in
                let error = try await #require(throws: TemporalError.self) {
                    try await client.startWorkflow(request("echo", queue: ""))
                }
                #expect(error.code == .invalidArgument)
                #expect(!error.message.isEmpty)

                var start = request("echo")
                start.searchAttributes = ["NoSuchAttribute": .keyword("x")]
                let unknown = try await #require(throws: TemporalError.self) { try await client.startWorkflow(start) }
                #expect(unknown.code == .invalidArgument)
                #expect(unknown.message.contains("NoSuchAttribute"))
            }
        }

        @Test func codecCoversEveryPayloadOfACall() async throws {
            try await withClient(codec: ReversingCodec()) { client in
                var start = request("waiter", queue: "nobody")
                start.input = [try json("open secret")]
                start.memo = ["note": try json("open secret")]
                start.summary = "open secret"
                start.searchAttributes = ["TenantId": .keyword("plain")]
                _ = try await client.startWorkflow(start)
                try await client.signal(workflowID: start.workflowID, name: "add", input: [json("open secret")])
                let description = try await client.describe(workflowID: start.workflowID)
                #expect(description.execution.memo == start.memo)
                #expect(description.summary == "open secret")
                #expect(description.execution.searchAttributes["TenantId"] == .keyword("plain"))
                try await client.terminate(
                    workflowID: start.workflowID, reason: "enough", details: [json("open secret")])
                let outcome = try await client.result(workflowID: start.workflowID)
                guard case .terminated("enough", let details) = outcome else { throw Unexpected(outcome) }
                #expect(details == [try json("open secret")])

                // The server holds none of it in the clear.
                let output = try await Shell.temporal(
                    "workflow", "show", "--workflow-id", start.workflowID, "--output", "json")
                #expect(!output.contains("open secret"))
                #expect(!output.contains(Data("open secret".utf8).base64EncodedString()))
                #expect(output.contains("EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED"))
            }
        }
    }
}

struct Unexpected: Error, CustomStringConvertible {
    var description: String
    init(_ value: Any) { description = "unexpected: \(value)" }
}
