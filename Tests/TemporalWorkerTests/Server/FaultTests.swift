import Foundation
import Fuzz
import Synchronization
import Temporal
import TestSupport
import Testing

/// What goes wrong, and what then does not.
@Suite(.temporalServer(), .timeLimit(.minutes(3)))
struct FaultTests {
    /// The kitchen sink after a careless change: it begins with a timer.
    struct ChangedSink: WorkflowMachine {
        private var sink: KitchenSink
        private var isFirst = true

        init(start: WorkflowStart) throws(MachineFault) { sink = try KitchenSink(start: start) }
        mutating func activate(_ task: Activation) throws(MachineFault) -> Turn {
            var turn = try sink.activate(task)
            if isFirst { turn.commands.insert(.startTimer(99, .seconds(1), summary: ""), at: 0) }
            isFirst = false
            return turn
        }
        func query(_ query: QueryCall) throws(Failure) -> Payload { try sink.query(query) }
        var footprint: Int { sink.footprint }
    }

    @Test func aChangedWorkflowFailsItsTaskAndGoesOnWhenTheChangeIsUndone() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let id = try await kitchen.start([.activity("echo", "x"), .signal("go")])
            try await kitchen.withWorkers {
                try await eventually { try await kitchen.query(id).contains("x") }
            }
            try await kitchen.withWorkers(ChangedSink.self) {
                try await kitchen.signal(id, "go")
                try await eventually {
                    let history = try await kitchen.temporal(
                        "workflow", "show", "--workflow-id", id, "--output", "json")
                    return history.contains("WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR")
                        && history.contains("non-determinism at event 5: history has ActivityTaskScheduled 1 (echo)")
                }
                await #expect(throws: TemporalError.self) { try await kitchen.query(id) }
            }
            try await kitchen.withWorkers {
                #expect(try await kitchen.log(id) == ["\"x\""])
                try await kitchen.replays(id)
            }
        }
    }

    /// Stands for an engine that is newer than the one the run was written for.
    struct OtherEngine: WorkflowMachine {
        init(start: WorkflowStart) throws(MachineFault) {}
        func activate(_ task: Activation) throws(MachineFault) -> Turn { Turn(commands: [.complete(.null)]) }
        func query(_ query: QueryCall) throws(Failure) -> Payload { .null }
        var footprint: Int { 0 }
    }

    @Test func aTaskForANewerEngineIsLeftToOthers() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let id = try await kitchen.start([], type: "ForANewerEngine")
            try await kitchen.withWorkers {
                try await eventually {
                    try await kitchen.temporal("workflow", "show", "--workflow-id", id).contains("WorkflowTaskFailed")
                }
                try await kitchen.withWorkers(OtherEngine.self) {
                    guard case .completed = try await kitchen.client.result(workflowID: id) else {
                        Issue.record("no")
                        return
                    }
                }
            }
        }
    }

    @Test func aCommandTooLargeForTheServerFailsTheWorkflowWithWords() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers(
                KitchenSink.self,
                configure: { workflows, _ in
                    workflows.limits.command = 2_000
                    workflows.limits.request = 6_000
                }
            ) {
                let large = try await kitchen.start([.activity("echo", String(repeating: "x", count: 3_000))])
                let many = try await kitchen.start([
                    .parallel((1...5).map { _ in [.activity("echo", String(repeating: "x", count: 1_500))] })
                ])
                for (id, words) in [
                    (large, "ScheduleActivityTask 1 (echo) carries"), (many, "5 commands of one task carry"),
                ] {
                    guard case .failed(let failure) = try await kitchen.client.result(workflowID: id) else {
                        Issue.record("did not fail")
                        continue
                    }
                    #expect(failure.message.hasPrefix(words), "\(failure)")
                    try await kitchen.replays(id)
                }
            }
        }
    }

    @Test func anActivityResultTooLargeForTheServerIsAFailureOfTheActivity() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            let activities: [String: ActivityHandler] = ["huge": { _ in .binary(Data(count: 3 << 20)) }]
            try await kitchen.withWorkers(KitchenSink.self, activities: activities) {
                let id = try await kitchen.start([
                    .activity("huge") {
                        $0.attempts = 0
                        $0.isCaught = true
                    }
                ])
                let log = try await kitchen.log(id)
                #expect(log.first?.contains("the server takes 2097152") == true, "\(log)")
            }
        }
    }

    @Test func anUnknownActivityNamesTheKnownOnesAndIsRetried() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([
                    .activity("none") {
                        $0.attempts = 2
                        $0.isCaught = true
                    }
                ])
                #expect(try await kitchen.log(id).first?.contains("it has: echo, flaky, refuse, sleep, slow") == true)
            }
        }
    }

    /// Inverts every byte.
    struct Mirror: PayloadCodec {
        func encode(_ payloads: [Payload]) -> [Payload] {
            payloads.map {
                Payload(
                    metadata: ["encoding": Data("test/mirror".utf8)],
                    data: Self.invert(try? JSONEncoder().encode([$0.metadata, ["": $0.data]])))
            }
        }
        func decode(_ payloads: [Payload]) throws -> [Payload] {
            try payloads.map { payload in
                guard payload.encoding == "test/mirror" else { return payload }
                let parts = try JSONDecoder().decode([[String: Data]].self, from: Self.invert(payload.data))
                return Payload(metadata: parts[0], data: parts[1][""] ?? Data())
            }
        }
        private static func invert(_ data: Data?) -> Data { Data((data ?? Data()).map { ~$0 }) }
    }

    @Test func withACodecNothingReadableIsInTheHistory() async throws {
        try await Kitchen.open(try TemporalServer.current.address, codec: Mirror()) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([
                    .activity("echo", "SECRET"), .activity("refuse", "SECRET") { $0.isCaught = true }, .signal("go"),
                    .say("SECRET"),
                ])
                try await kitchen.signal(id, "go", "SECRET")
                try await eventually { try await kitchen.query(id).contains("SECRET") }
                #expect(try await kitchen.log(id).contains("SECRET"))
                let history = try await kitchen.temporal("workflow", "show", "--workflow-id", id, "--output", "json")
                #expect(
                    !history.contains(Data("SECRET".utf8).base64EncodedString().prefix(8))
                        && !history.contains("SECRET"))
                try await kitchen.replays(id)
            }
        }
    }
}
