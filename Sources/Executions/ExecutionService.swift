package import Logging
package import Storage
package import Templates
package import Temporal

/// Starts, watches and steers executions: the row is the outbox, Temporal the truth. One file a verb.
package struct ExecutionService: Sendable {
    let store: ExecutionStore
    let tenants: TenantStore
    let templates: TemplateRegistry
    let temporal: TemporalClient
    /// The workflows' queue; the activities' queues derive from it.
    let taskQueue: String
    let progressCache = ProgressCache()
    let logger: Logger

    package init(
        store: ExecutionStore, tenants: TenantStore, templates: TemplateRegistry, temporal: TemporalClient,
        taskQueue: String,
        logger: Logger
    ) {
        self.store = store
        self.tenants = tenants
        self.templates = templates
        self.temporal = temporal
        self.taskQueue = taskQueue
        self.logger = logger
    }
}
