import Foundation
import Fuzz
import Subprocess
import SystemPackage
import Temporal
import TestSupport
import Testing

/// Updates that the official CLI sends to a run of ours.
@Suite(.temporalServer(), .timeLimit(.minutes(3)), .serialized) struct UpdatesByTheOfficialCLITests {
    /// A counter under its own id, with a cache of so many runs.
    private func withCounter(cache: Int, _ body: (Kitchen, String) async throws -> Void) async throws {
        try await Kitchen.open(TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers(Counter.self, configure: { workflows, _ in workflows.cacheSize = cache }) {
                let id = try await kitchen.start([], type: "Counter")
                try await body(kitchen, id)
            }
        }
    }

    private func update(_ kitchen: Kitchen, _ id: String, _ name: String, _ input: Int) async throws -> String {
        try await kitchen.temporal(
            "workflow", "update", "execute", "--workflow-id", id, "--name", name, "--input", "\(input)", "-o", "json",
            mayFail: true)
    }

    @Test(arguments: [0, 10])
    func areAcceptedAndAnswered(cache: Int) async throws {
        try await withCounter(cache: cache) { kitchen, id in
            #expect(try await update(kitchen, id, "add", 2).contains("\"result\": 2"))
            #expect(try await update(kitchen, id, "slowly", 3).contains("\"result\": 5"))
            async let first = update(kitchen, id, "slowly", 1)
            async let second = update(kitchen, id, "slowly", 1)
            let answers = try await [first, second].joined()
            #expect(answers.contains("6") && answers.contains("7"))
            #expect(try await kitchen.query(id, "total") == "7")
            try await kitchen.signal(id, "close")
            guard case .completed(let payloads) = try await kitchen.client.result(workflowID: id) else {
                Issue.record("not completed")
                return
            }
            #expect(payloads.map(text) == ["7"])
            let events = try await kitchen.client.events(workflowID: id)
            #expect(events.count { if case .updateAccepted = $0.kind { true } else { false } } == 4)
            try expectSameCommandsFromEveryPrefix(of: events, Counter.self)
            try expectSameCommandsInParts(of: events, Counter.self)
        }
    }

    @Test(arguments: [0, 10])
    func areRejectedWithoutATraceAndTheRunGoesOn(cache: Int) async throws {
        try await withCounter(cache: cache) { kitchen, id in
            #expect(try await update(kitchen, id, "add", 2).contains("\"result\": 2"))
            for _ in 0..<3 {
                #expect(try await update(kitchen, id, "add", -1).contains("only more can be added"))
                #expect(try await update(kitchen, id, "divide", 1).contains("there is no update divide"))
            }
            #expect(try await update(kitchen, id, "add", 3).contains("\"result\": 5"))
            let events = try await kitchen.client.events(workflowID: id)
            #expect(events.count { if case .updateAccepted = $0.kind { true } else { false } } == 2)
            try expectSameCommandsFromEveryPrefix(of: events, Counter.self)
        }
    }

    @Test func failAsTheMachineSays() async throws {
        try await withCounter(cache: 10) { kitchen, id in
            let answer = try await update(kitchen, id, "fail", 1)
            #expect(answer.contains("no luck"))
        }
    }

    @Test func surviveAWorkerThatGoesBetweenAcceptanceAndAnswer() async throws {
        try await Kitchen.open(TemporalServer.current.address) { kitchen in
            let id = try await kitchen.start([], type: "Counter")
            let answer = Task { try await update(kitchen, id, "slowly", 4) }
            try await kitchen.withWorkers(Counter.self) {
                try await eventually(timeout: .seconds(30), "the update is accepted") {
                    try await kitchen.client.events(workflowID: id).contains {
                        if case .updateAccepted = $0.kind { true } else { false }
                    }
                }
            }
            try await kitchen.withWorkers(Counter.self) {
                let text = try await answer.value
                #expect(text.contains("\"result\": 4"))
            }
        }
    }

    @Test func areNotLeftHangingByAMachineWithoutHandlers() async throws {
        try await Kitchen.open(TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([.signal("never")])
                #expect(try await update(kitchen, id, "anything", 1).contains("takes no updates"))
            }
        }
    }

    @Test func anUpdateThatAResetCutOffIsTakenAgain() async throws {
        try await withCounter(cache: 10) { kitchen, id in
            #expect(try await update(kitchen, id, "add", 2).contains("\"result\": 2"))
            #expect(try await update(kitchen, id, "add", 3).contains("\"result\": 5"))
            _ = try await kitchen.temporal(
                "workflow", "reset", "--workflow-id", id, "--type", "FirstWorkflowTask", "--reason", "again")
            try await eventually(timeout: .seconds(30), "both updates are applied again") {
                try await kitchen.query(id, "total") == "5"
            }
            let events = try await kitchen.client.events(workflowID: id)
            #expect(events.contains { if case .updateAdmitted = $0.kind { true } else { false } })
            try expectSameCommandsFromEveryPrefix(of: events, Counter.self)
        }
    }
}
