import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Temporal
import UnixSignals

/// A worker of the kitchen sink until SIGTERM, or until it is killed.
struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "work", abstract: "A worker, to be killed.")

    @Argument(help: "Host and port of the server.") var address: String
    @Argument(help: "The task queue.") var queue: String
    @Option(help: "Runs kept between their tasks.") var cache = 1_000
    @Option(help: "Write there, at the end, what was counted.") var report: String?
    @Flag(help: "End at once when the standard input ends.") var whileInputLasts = false

    func run() async throws {
        if whileInputLasts {
            Thread.detachNewThread {
                while !FileHandle.standardInput.availableData.isEmpty {}
                _exit(0)
            }
        }
        guard let address = TemporalConnection.Configuration.Address(address) else {
            throw ValidationError("\(address) is no host:port")
        }
        var logger = Logger(label: "worker", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = ProcessInfo.processInfo.environment["WORKER_LOG"] == nil ? .error : .info
        let counts = Counts()
        var configuration = TemporalConnection.Configuration(address: address)
        // Recorded in histories that become fixtures.
        configuration.identity = "worker"
        configuration.metrics = counts
        let connection = try TemporalConnection(configuration)
        let client = TemporalClient(connection)
        var workflows = WorkflowWorkerConfiguration(taskQueue: queue)
        workflows.cacheSize = cache
        workflows.stickyTimeout = .seconds(2)
        var activities = ActivityWorkerConfiguration(taskQueue: queue)
        activities.slots = 100
        activities.pollers = 4
        activities.gracefulShutdown = .milliseconds(100)
        let services: [any Service] = [
            connection, WorkflowWorker(KitchenSink.self, client: client, configuration: workflows, logger: logger),
            ActivityWorker(
                client: client, configuration: activities, logger: logger, activities: KitchenSink.activities),
        ]
        try await ServiceGroup(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
        guard let report else { return }
        let words = WorkerReport(connections: connection.connectionsOpened, counts: counts.all)
        try JSONEncoder().encode(words).write(to: URL(filePath: report))
    }
}
