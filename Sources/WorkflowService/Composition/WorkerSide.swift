import AI
import Activities
import Executions
import Logging
import ServiceLifecycle
import Storage
import Temporal
import Worker

/// What a worker process runs: the pools for workflows, standard activities and AI activities.
struct WorkerSide: Sendable {
    let pools: WorkerPools
    private let watch: CacheWatch

    init(
        _ configuration: ServiceConfiguration, stores: Stores, temporal: TemporalSide, executions: ExecutionService,
        ai: AIService, closer: ExecutionCloser, logger: Logger
    ) throws {
        let documents = stores.documents
        let runner = try ActivityRunner(
            [
                ExtractTextActivity(documents: documents), StoreProcessedDocumentActivity(documents: documents),
                HTTPCallActivity(policy: AddressPolicy(allowed: configuration.allowedHTTP)),
            ] + AIActivity.all(ai),
            executions: stores.executions, tenants: stores.tenants,
            secrets: SecretStore(stores.database, box: stores.secretBox), logger: logger
        )
        watch = CacheWatch(stores.database, .keys, runner.forget)
        let resolver = TemplateResolver(executions: executions)
        pools = WorkerPools(
            client: temporal.client, taskQueue: configuration.taskQueue, runner: runner,
            resolve: resolver.resolve, closer: closer, logger: logger
        )
    }

    /// In start order.
    func services(_ temporal: TemporalSide) -> [any Service] {
        [watch] + temporal.prepared([Together(services: pools.services)])
    }
}

/// Services that stop at the same time: all pools stop polling at once, and finish what they have side by side.
private struct Together: Service {
    let services: [any Service]

    func run() async throws {
        try await withThrowingTaskGroup { group in
            for service in services { group.addTask { try await service.run() } }
            try await group.waitForAll()
        }
    }
}
