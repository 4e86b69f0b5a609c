package import Logging
package import Storage
package import Templates
package import Temporal
package import Worker

/// Starts, watches and steers executions: the row is the outbox, Temporal the truth. One file a verb.
package struct ExecutionService: Sendable {
    let store: ExecutionStore
    let usage: AIUsageStore
    let archive: HistoryArchive
    let tenants: TenantStore
    let templates: TemplateRegistry
    let temporal: TemporalClient
    let closer: ExecutionCloser
    /// The workflows' queue; the activities' queues derive from it.
    let taskQueue: String
    let progressCache = ProgressCache()
    let refusals = StartRefusals()
    let records: StartRecords
    let waiters: ExecutionWaiters
    let logger: Logger

    /// - Parameter waiters: a service of its own; without it running, waiting falls back to looking every few seconds.
    package init(
        store: ExecutionStore, usage: AIUsageStore, archive: HistoryArchive, tenants: TenantStore,
        templates: TemplateRegistry, temporal: TemporalClient, closer: ExecutionCloser, waiters: ExecutionWaiters,
        taskQueue: String, logger: Logger
    ) {
        self.store = store
        self.usage = usage
        self.archive = archive
        self.tenants = tenants
        self.templates = templates
        self.temporal = temporal
        self.closer = closer
        self.waiters = waiters
        records = StartRecords(store, logger: logger)
        self.taskQueue = taskQueue
        self.logger = logger
    }
}
