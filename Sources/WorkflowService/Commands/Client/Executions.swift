import ArgumentParser
import Foundation
import JSON

struct Executions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find, watch and steer executions.",
        subcommands: [
            List.self, Show.self, Watch.self, Cancel.self, Terminate.self, Pause.self, Resume.self, Logs.self,
            History.self,
            Events.self,
        ])

    struct List: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "List executions, the newest first.",
            discussion: """
                Examples:
                  workflow-service executions list --status failed --since 2026-11-01T00:00:00Z
                  workflow-service executions list --tag batch --all --output json
                """)
        @Option(help: "pending, running, paused, unknown, completed, failed, cancelled, terminated, timed_out.")
        var status: String?
        @Option(help: "The template's name.") var template: String?
        @Option(help: "One of its tags.") var tag: String?
        @Option(help: "The schedule that started them.") var schedule: String?
        @Option(help: "Started then or later: 2026-11-01T00:00:00Z.") var since: String?
        @Option(help: "Started earlier.") var before: String?
        @Flag(help: "Only those that asked for AI.") var aiEnhanced = false
        @Flag(help: "Only those of which any enhancement fell back.") var fallbackUsed = false
        @Option(help: "Of the tenant with this id, with the operator's key.") var tenant: String?
        @OptionGroup var page: ListOptions
        @OptionGroup var client: ClientOptions

        var asOperator: Bool { tenant != nil }

        func run(_ api: APIClient) async throws {
            let answer = try await api.list(
                tenant.map { path("tenants", $0, "executions") } ?? "/workflows/executions", "executions",
                [
                    "status": status, "template": template, "tag": tag, "schedule": schedule, "started_after": since,
                    "started_before": before, "ai_enhanced": aiEnhanced ? "true" : nil,
                    "fallback_used": fallbackUsed ? "true" : nil,
                ], limit: page.count)
            client.show(answer) {
                table(
                    answer["executions"]?.array ?? [],
                    [
                        .id, .status, Field("TEMPLATE", "template"), .time("STARTED", "started_at"),
                        .milliseconds("TOOK", "duration_ms"), .money("AI COST", "ai_cost_microdollars"),
                    ], empty: "No execution.")
            }
        }
    }

    struct Show: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show an execution with its steps and its output.",
            discussion: "Example:\n  workflow-service executions show ID --output json | jq .output.result")
        @Argument(help: "The execution's id.") var id: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let execution = try await api.get(path("executions", id))
            client.show(execution) { ExecutionView(execution: execution).detailed() }
        }
    }

    struct Watch: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Watch an execution to its end.", discussion: "Exits with 1 when it does not complete.")
        @Argument(help: "The execution's id.") var id: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let execution = try await watch(id, api)
            client.show(execution) { ExecutionView(execution: execution).rendered() }
            if execution["status"]?.string != "completed" { throw ExitCode.failure }
        }
    }

    struct Cancel: SteeringCommand {
        static let configuration = CommandConfiguration(abstract: "Ask an execution to stop; its steps unwind.")
        static let verb = "cancel"
        @Argument(help: "The execution's id.") var id: String
        @OptionGroup var client: ClientOptions
    }

    struct Terminate: SteeringCommand {
        static let configuration = CommandConfiguration(abstract: "Stop an execution at once; nothing unwinds.")
        static let verb = "terminate"
        @Argument(help: "The execution's id.") var id: String
        @OptionGroup var client: ClientOptions
    }

    struct Pause: SteeringCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let an execution begin no further step until it is resumed.")
        static let verb = "pause"
        @Argument(help: "The execution's id.") var id: String
        @OptionGroup var client: ClientOptions
    }

    struct Resume: SteeringCommand {
        static let configuration = CommandConfiguration(abstract: "Let a paused execution go on.")
        static let verb = "resume"
        @Argument(help: "The execution's id.") var id: String
        @OptionGroup var client: ClientOptions
    }
}

/// `POST /workflows/executions/{id}/VERB`.
protocol SteeringCommand: ClientCommand {
    static var verb: String { get }
    var id: String { get }
}

extension SteeringCommand {
    func run(_ api: APIClient) async throws {
        let execution = try await api.post(path("executions", id, Self.verb))
        client.show(execution) { ExecutionView(execution: execution).rendered() }
    }
}
