import Activities
package import Logging
package import ServiceLifecycle
package import Temporal

/// The workers of one process: workflows, standard activities and AI activities, each with slots of its own.
package struct WorkerPools: Sendable {
    package let services: [any Service]

    /// - Parameters:
    ///   - taskQueue: of workflows and standard activities; the AI queue derives from it.
    ///   - resolve: `resolve_template_activity`.
    package init(
        client: TemporalClient, taskQueue: String, runner: ActivityRunner, resolve: @escaping ActivityHandler,
        closer: ExecutionCloser, logger: Logger
    ) {
        let workflows = WorkflowWorker(
            DefinitionMachine.self, client: client, configuration: WorkflowWorkerConfiguration(taskQueue: taskQueue),
            logger: logger, onClosed: { await closer.close($0) }
        )
        var standard = runner.handlers(of: .standard)
        standard[DefinitionMachine.resolveActivity] = resolve
        services = [
            workflows,
            ActivityWorker(
                client: client,
                configuration: ActivityWorkerConfiguration(taskQueue: ActivityPool.standard.taskQueue(of: taskQueue)),
                logger: logger, activities: standard
            ),
            ActivityWorker(
                client: client,
                configuration: ActivityWorkerConfiguration(taskQueue: ActivityPool.ai.taskQueue(of: taskQueue)),
                logger: logger, activities: runner.handlers(of: .ai)
            ),
        ]
    }
}
