import ArgumentParser

@main
enum Program {
    static func main() async {
        do {
            var command = try WorkflowServiceCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Exit.end(error)
        }
    }
}

struct WorkflowServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflow-service",
        abstract: "Declarative, durable workflows on Temporal, with AI steps that can never break them.",
        discussion: """
            serve runs the service; most other commands call a running one, as docs/cli.md says: --url and --key, the \
            environment, a profile, or data/api-key beside the service.
            """,
        version: serviceVersion,
        groupedSubcommands: [
            CommandGroup(
                name: "The service:", subcommands: [Serve.self, Migrate.self, Backup.self, Config.self, Demo.self]),
            CommandGroup(
                name: "Workflows:",
                subcommands: [Validate.self, Execute.self, Templates.self, Executions.self, Schedules.self]),
            CommandGroup(
                name: "A tenant:",
                subcommands: [AICommands.self, Keys.self, Secrets.self, Webhooks.self, Audit.self]),
            CommandGroup(name: "The operator:", subcommands: [Tenants.self]),
        ]
    )
}

let serviceVersion = "0.1.0"
