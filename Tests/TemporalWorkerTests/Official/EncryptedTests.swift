import Foundation
import Fuzz
import Temporal
import TestSupport
import Testing

/// With encryption on, nothing that a run was told or said is readable on the server; everything is on both of its ends.
@Suite(.temporalServer(), .timeLimit(.minutes(2)))
struct EncryptedTests {
    private static func codec() throws -> EncryptionCodec {
        let key = Data(repeating: 5, count: 32).base64EncodedString()
        return EncryptionCodec(try EncryptionKeys(parsing: "k:\(key)"))
    }

    /// No line of what the command line shows holds the word, plain or as the base64 of JSON.
    private func expectHidden(_ words: [String], _ id: String, _ kitchen: Kitchen) async throws {
        for command in ["show", "describe"] {
            let shown = try await kitchen.temporal("workflow", command, "--workflow-id", id, "--output", "json")
            for word in words {
                #expect(!shown.contains(word), "\(command): \(word)")
                for text in [word, "\"\(word)\""] {
                    #expect(!shown.contains(Data(text.utf8).base64EncodedString()), "\(command): \(word)")
                }
            }
        }
    }

    @Test func whatARunHearsAndSaysIsHiddenOnTheServerOnly() async throws {
        try await Kitchen.open(try TemporalServer.current.address, codec: try Self.codec()) { kitchen in
            try await kitchen.withWorkers(Tally.self) {
                let id = "tally-\(UUID().uuidString)"
                var start = StartWorkflowRequest(
                    workflowID: id, workflowType: "Tally", taskQueue: kitchen.queue, input: [Tally.json(1)])
                start.memo = ["born": Tally.json("secret-memo")]
                start.summary = "secret-summary"
                _ = try await kitchen.client.startWorkflow(start)
                try await kitchen.tell(id, "whisper", "secret-signal")
                try await eventually { try await kitchen.query(id).contains("secret-signal") }
                let described = try await kitchen.client.describe(workflowID: id)
                #expect(described.execution.memo == start.memo && described.summary == "secret-summary")

                let rejected = try await kitchen.client.update(
                    workflowID: id, name: "add", arguments: [Tally.json("secret-update")])
                guard case .failed(let rejection) = rejected.outcome,
                    case .application("Negative", _, let details, _) = rejection.kind
                else {
                    Issue.record("not rejected: \(rejected)")
                    return
                }
                #expect(rejection.message == "nothing to add" && details == [Tally.json("secret-update")])
                let broken = try await kitchen.client.update(workflowID: id, name: "break")
                guard case .failed(let failure) = broken.outcome else {
                    Issue.record("not failed: \(broken)")
                    return
                }
                #expect(failure == Tally.failure)
                let query = try await #require(throws: TemporalError.self) {
                    try await kitchen.client.query(workflowID: id, name: "unheard-of")
                }
                #expect(query.code == .queryFailed(Tally.failure))

                // A key of the memo is removed although null would be encrypted like any other value.
                try await kitchen.tell(id, "mark", "secret-mark")
                try await eventually {
                    try await kitchen.client.describe(workflowID: id).execution.memo
                        == ["mark": Tally.json("secret-mark")]
                }
                try await kitchen.tell(id, "fail")
                guard case .failed(let end) = try await kitchen.client.result(workflowID: id) else {
                    Issue.record("not failed")
                    return
                }
                #expect(end == Tally.failure)
                try await kitchen.replays(id, Tally.self)
                try await expectHidden(
                    ["secret-memo", "secret-summary", "secret-signal", "it broke", "the root", "root.swift"], id,
                    kitchen)
            }
        }
    }

    @Test func activitiesAndTheirFailuresAreHidden() async throws {
        try await Kitchen.open(try TemporalServer.current.address, codec: try Self.codec()) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([
                    .activity("echo", "secret-input"), .activity("refuse") { $0.isCaught = true }, .say("secret-word"),
                ])
                let log = try await kitchen.log(id)
                #expect(log.count == 3 && log[0] == "\"secret-input\"" && log[1].contains("never"))
                try await kitchen.replays(id)
                try await expectHidden(["secret-input", "never", "secret-word", "kitchen\""], id, kitchen)
            }
        }
    }

    /// A fault's words may quote what the machine read.
    @Test func faultOfAWorkflowTaskIsHidden() async throws {
        try await Kitchen.open(try TemporalServer.current.address, codec: try Self.codec()) { kitchen in
            try await kitchen.withWorkers {
                let id = "bad-\(UUID().uuidString)"
                _ = try await kitchen.client.startWorkflow(
                    StartWorkflowRequest(
                        workflowID: id, workflowType: "KitchenSink", taskQueue: kitchen.queue,
                        input: [try DataConverter.encode("no actions")]))
                try await eventually {
                    try await kitchen.temporal("workflow", "show", "--workflow-id", id, "--output", "json")
                        .contains("EVENT_TYPE_WORKFLOW_TASK_FAILED")
                }
                try await expectHidden(["the input is no list of actions"], id, kitchen)
                try await kitchen.client.terminate(workflowID: id)
            }
        }
    }

    /// A worker without the key says which one it lacks; the run goes on when one with the key comes.
    @Test func aWorkerWithoutTheKeyLeavesTheRunWhole() async throws {
        let address = try TemporalServer.current.address
        try await Kitchen.open(address, codec: try Self.codec()) { kitchen in
            let id = try await kitchen.start([.say("done")])
            let other = Data(repeating: 6, count: 32).base64EncodedString()
            var without = kitchen.client
            without.codec = EncryptionCodec(try EncryptionKeys(parsing: "other:\(other)"))
            let lacking = Kitchen(client: without, address: address, queue: kitchen.queue)
            try await lacking.withWorkers {
                try await eventually {
                    try await kitchen.client.events(workflowID: id).contains {
                        if case .workflowTaskFailed = $0.kind { true } else { false }
                    }
                }
            }
            let log = try await kitchen.withWorkers { try await kitchen.log(id) }
            #expect(log == ["done"])
        }
    }
}
