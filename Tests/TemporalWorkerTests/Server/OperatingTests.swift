import Foundation
import Fuzz
import Temporal
import TestSupport
import Testing

/// What people do to runs with Temporal's own tools.
@Suite(.temporalServer(), .timeLimit(.minutes(3)))
struct OperatingTests {
    private static let open: [Action] = [
        .say("begun"), .activity("echo", "x"), .parallel([[.sleep(600)], [.signal("go")]]),
    ]

    @Test func theCommandLineQueriesOpenAndClosedRuns() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start(Self.open)
                try await eventually { try await kitchen.query(id) == #"["begun","\"x\""]"# }
                let open = try await kitchen.temporal("workflow", "query", "--workflow-id", id, "--type", "log")
                #expect(open.contains("begun"))
                try await kitchen.client.terminate(workflowID: id, reason: "enough")
                let closed = try await kitchen.temporal("workflow", "query", "--workflow-id", id, "--type", "log")
                #expect(closed.contains("begun"))
                let unknown = try await kitchen.temporal(
                    "workflow", "query", "--workflow-id", id, "--type", "none", mayFail: true)
                #expect(unknown.contains("unknown query none"))
            }
        }
    }

    @Test func theReservedQueriesTellWhatARunIsAndWaitsFor() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start(Self.open)
                try await eventually { try await kitchen.query(id).contains("x") }
                let stack = try await kitchen.temporal("workflow", "stack", "--workflow-id", id)
                #expect(stack.contains("timer 1"), "\(stack)")
                let metadata = try await kitchen.temporal(
                    "workflow", "metadata", "--workflow-id", id, "--output", "json")
                #expect(metadata.contains("What happened") && metadata.contains("KitchenSink"), "\(metadata)")
            }
        }
    }

    @Test func cancelClosesAsCancelledAfterWaitingForActivities() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([
                    .activity("slow") {
                        $0.heartbeat = 1
                        $0.cancellation = "wait"
                        $0.startToClose = 60
                    }
                ])
                try await eventually {
                    try await kitchen.client.describe(workflowID: id).pendingActivities.first?.state == .started
                }
                _ = try await kitchen.temporal("workflow", "cancel", "--workflow-id", id)
                guard case .cancelled(let details) = try await kitchen.client.result(workflowID: id) else {
                    Issue.record("not cancelled")
                    return
                }
                #expect(details.map(text) == [#"["1 cancelled"]"#])
                try await kitchen.replays(id)
            }
        }
    }

    @Test func cancelReachesARunThatWaitsForNothingElse() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([.signal("never")])
                _ = try await kitchen.temporal("workflow", "cancel", "--workflow-id", id)
                guard case .cancelled = try await kitchen.client.result(workflowID: id) else {
                    Issue.record("no")
                    return
                }
                try await kitchen.replays(id)
            }
        }
    }

    @Test func anUpdateIsRejectedAtOnce() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([.signal("go"), .activity("echo", "x")])
                let begin = ContinuousClock.now
                let answer = try await kitchen.temporal(
                    "workflow", "update", "execute", "--workflow-id", id, "--name", "change", mayFail: true)
                #expect(answer.contains("takes no updates"), "\(answer)")
                #expect(ContinuousClock.now - begin < .seconds(8))
                try await kitchen.signal(id, "go")
                #expect(try await kitchen.log(id) == ["\"x\""])
                try await kitchen.replays(id)
            }
        }
    }

    @Test func aResetRunGoesOnFromItsPast() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers {
                let id = try await kitchen.start([.activity("echo", "x"), .signal("go"), .activity("echo", "y")])
                try await eventually { try await kitchen.query(id).contains("x") }
                try await kitchen.signal(id, "go")
                #expect(try await kitchen.log(id) == ["\"x\"", "\"y\""])
                _ = try await kitchen.temporal(
                    "workflow", "reset", "--workflow-id", id, "--type", "FirstWorkflowTask", "--reason", "again")
                #expect(try await kitchen.log(id) == ["\"x\"", "\"y\""])
                try await kitchen.replays(id)
            }
        }
    }
}
