import Activities
import Executions
import Logging
import ServiceLifecycle
import Storage
import Webhooks

/// What the service does by itself: starts on schedule, tells receivers how executions ended, removes what is old.
struct Hooks: Sendable {
    let schedules: ScheduleService
    let webhooks: WebhookService
    private let dispatcher: WebhookDispatcher
    private let reconciler: ScheduleReconciler
    private let retention: RetentionService

    init(_ configuration: ServiceConfiguration, stores: Stores, temporal: TemporalSide, logger: Logger) {
        let policy = AddressPolicy(allowed: configuration.allowedHTTP)
        let store = WebhookStore(stores.database, box: stores.secretBox)
        webhooks = WebhookService(store: store, policy: policy)
        dispatcher = WebhookDispatcher(
            store: store, database: stores.database, configuration: .init(policy: policy), logger: logger)
        schedules = ScheduleService(
            store: ScheduleStore(stores.database), tenants: stores.tenants, templates: stores.templates,
            temporal: temporal.client, taskQueue: configuration.taskQueue, logger: logger)
        reconciler = ScheduleReconciler(
            schedules: schedules, leases: LeaseStore(stores.database), interval: configuration.reconcileInterval,
            logger: logger)
        retention = RetentionService(
            store: RetentionStore(stores.database, histories: stores.histories, payloads: stores.payloads),
            policy: RetentionPolicy(configuration.settings), leases: LeaseStore(stores.database), logger: logger)
    }

    /// Of every role: whoever lives sends what is due.
    func services(_ temporal: TemporalSide) -> [any Service] {
        [dispatcher, retention] + temporal.prepared([reconciler])
    }
}

extension RetentionPolicy {
    /// No time at all keeps for ever.
    fileprivate init(_ settings: Settings) {
        func kept(_ age: Duration) -> Duration? { age > .zero ? age : nil }
        self.init(
            executions: kept(settings.keptExecutions), logs: kept(settings.keptLogs),
            deliveries: kept(settings.keptDeliveries), audit: kept(settings.keptAudit),
            idempotencyKeys: kept(settings.keptIdempotencyKeys), usage: kept(settings.keptUsage),
            payloads: kept(settings.keptPayloads))
    }
}
