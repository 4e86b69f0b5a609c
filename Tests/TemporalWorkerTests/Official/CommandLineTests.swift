import Foundation
import Temporal
import TestSupport
import Testing

/// The official command line drives runs of our worker.
@Suite(.temporalServer(), .timeLimit(.minutes(3)))
struct CommandLineTests {
    @Test func everyVerbReachesOurMachine() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers(Tally.self) {
                let id = "cli-\(UUID().uuidString)"
                func temporal(_ words: String..., mayFail: Bool = false) async throws -> String {
                    try await kitchen.cli(words, id, mayFail)
                }
                let start = ["--type", "Tally", "--task-queue", kitchen.queue, "--input", "1"]
                _ = try await kitchen.cli(
                    ["workflow", "start"] + start
                        + ["--search-attribute", #"TenantId="cli""#, "--memo", #"born="here""#], id)
                _ = try await temporal("workflow", "signal", "--name", "add", "--input", "2")
                let total = try await temporal("workflow", "query", "--type", "total", "--output", "json")
                #expect(total.contains("3"), "\(total)")
                let failed = try await temporal("workflow", "query", "--type", "unheard-of", mayFail: true)
                #expect(failed.contains("it broke"))

                let update = try await temporal("workflow", "update", "execute", "--name", "add", "--input", "4")
                #expect(update.contains("7"), "\(update)")
                let rejected = try await temporal(
                    "workflow", "update", "execute", "--name", "add", "--input", "-1", mayFail: true)
                #expect(rejected.contains("nothing to add"), "\(rejected)")
                _ = try await temporal(
                    "workflow", "update", "start", "--name", "later", "--update-id", "u", "--wait-for-stage", "accepted"
                )
                _ = try await temporal("workflow", "signal", "--name", "release")
                let later = try await temporal("workflow", "update", "result", "--update-id", "u")
                #expect(later.contains("7"), "\(later)")

                let described = try await temporal("workflow", "describe", "--output", "json")
                #expect(described.contains("Tally") && described.contains("RUNNING"))
                try await eventually {
                    try await kitchen.temporal("workflow", "list", "--query", "TenantId = 'cli'").contains(id)
                }
                let again = try await kitchen.cli(
                    ["workflow", "signal-with-start"] + start
                        + ["--signal-name", "add", "--signal-input", "10"], id)
                #expect(again.contains(id))
                _ = try await temporal("workflow", "signal", "--name", "end")
                let result = try await temporal("workflow", "result", "--output", "json")
                #expect(result.contains("17") && result.contains("COMPLETED"), "\(result)")
                _ = try await temporal(
                    "workflow", "reset", "--type", "LastWorkflowTask", "--reason", "again")
                let reset = try await temporal("workflow", "result", "--output", "json")
                #expect(reset.contains("17"), "\(reset)")
                try await kitchen.replays(id, Tally.self)

                for (verb, status) in [("cancel", "CANCELED"), ("terminate", "TERMINATED")] {
                    _ = try await kitchen.cli(["workflow", "start"] + start, id)
                    _ = try await temporal("workflow", verb)
                    let ended = try await temporal("workflow", "result", "--output", "json", mayFail: true)
                    #expect(ended.contains(status), "\(ended)")
                }
            }
        }
    }

    @Test func aScheduleOfTheCommandLineRunsOurMachine() async throws {
        try await Kitchen.open(try TemporalServer.current.address) { kitchen in
            try await kitchen.withWorkers(Tally.self) {
                let schedule = "cli-\(UUID().uuidString)"
                _ = try await kitchen.temporal(
                    "schedule", "create", "--schedule-id", schedule, "--interval", "300d", "--workflow-id", schedule,
                    "--type", "Tally", "--task-queue", kitchen.queue, "--input", "8")
                _ = try await kitchen.temporal("schedule", "trigger", "--schedule-id", schedule)
                try await eventually(timeout: .seconds(20)) {
                    try await kitchen.client.describeSchedule(schedule).recentActions.count == 1
                }
                let action = try #require(try await kitchen.client.describeSchedule(schedule).recentActions.first)
                try await kitchen.tell(action.workflow.workflowID, "end")
                guard
                    case .completed(let result) = try await kitchen.client.result(
                        workflowID: action.workflow.workflowID)
                else {
                    Issue.record("not completed")
                    return
                }
                #expect(result.map(text) == ["8"])
                let listed = try await kitchen.temporal("schedule", "describe", "--schedule-id", schedule)
                #expect(listed.contains(schedule))
                _ = try await kitchen.temporal("schedule", "delete", "--schedule-id", schedule)
            }
        }
    }
}

extension Kitchen {
    fileprivate func cli(_ words: [String], _ id: String, _ mayFail: Bool = false) async throws -> String {
        try await temporal(words + ["--workflow-id", id], mayFail: mayFail)
    }
}
