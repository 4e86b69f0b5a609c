import Logging
import ServiceLifecycle
import UnixSignals

extension ServiceApplication {
    /// Runs until SIGINT or SIGTERM, or until a part fails; then stops everything in order.
    func run(logger: Logger) async throws {
        try await group(signals: [.sigint, .sigterm], logger: logger).run()
    }

    /// Runs around `body`, for the demonstration and tests; everything is stopped when it returns.
    func run<Result: Sendable>(logger: Logger, _ body: @Sendable @escaping () async throws -> Result) async throws
        -> Result
    {
        let group = group(signals: [], logger: logger)
        return try await withThrowingTaskGroup(of: Result?.self) { tasks in
            tasks.addTask {
                try await group.run()
                return nil
            }
            tasks.addTask { try await body() }
            do {
                // The services never end by themselves: the first to end is the body, or a failure.
                guard let first = try await tasks.next(), let result = first else {
                    throw StartupError("The service stopped before its time.")
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                return result
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
        }
    }

    private func group(signals: [UnixSignal], logger: Logger) -> ServiceGroup {
        // Below that it dumps every service with all its members.
        var logger = logger
        logger.logLevel = .notice
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: signals, logger: logger
        )
        configuration.maximumGracefulShutdownDuration = settings.shutdownGrace
        return ServiceGroup(configuration: configuration)
    }
}
