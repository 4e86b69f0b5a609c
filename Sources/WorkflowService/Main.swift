import ArgumentParser

@main
struct WorkflowServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflow-service",
        abstract: "Declarative, durable workflows on Temporal, with AI steps that can never break them.",
        version: serviceVersion,
        subcommands: [Serve.self, Config.self, Demo.self, Execute.self, Validate.self, Tenants.self]
    )
}

let serviceVersion = "0.1.0"
