import Logging
import ServiceLifecycle
import Temporal
import UnixSignals
import Worker

extension BenchWorker {
    static func serveDefinitions(address: String, taskQueue: String) async throws {
        try await serve(DefinitionMachine.self, address: address, taskQueue: taskQueue)
    }

    /// Workflows of one machine and the activity `echo`, configured as the service's own pools, until SIGTERM.
    static func serve<Machine: WorkflowMachine>(
        _ machine: Machine.Type, address: String, taskQueue: String
    ) async throws {
        guard let address = TemporalConnection.Configuration.Address(address) else {
            throw TemporalError(.invalidConfiguration, "\(address) is no host:port")
        }
        var logger = Logger(label: "bench-worker", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .warning
        let connection = try TemporalConnection(TemporalConnection.Configuration(address: address))
        let client = TemporalClient(connection)
        let workflows = WorkflowWorker(
            machine, client: client, configuration: WorkflowWorkerConfiguration(taskQueue: taskQueue), logger: logger)
        let activities = ActivityWorker(
            client: client, configuration: ActivityWorkerConfiguration(taskQueue: taskQueue), logger: logger,
            activities: ["echo": { $0.input.first }])
        let group = ServiceGroup(
            services: [connection, workflows, activities], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await group.run()
    }
}
