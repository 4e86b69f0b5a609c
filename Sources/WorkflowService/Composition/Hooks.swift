import Activities
import Executions
import Logging
import ServiceLifecycle
import Storage
import Webhooks

/// What the service does by itself for its tenants: starts on schedule, and tells receivers how executions ended.
struct Hooks: Sendable {
    let schedules: ScheduleService
    let webhooks: WebhookService
    private let dispatcher: WebhookDispatcher
    private let reconciler: ScheduleReconciler

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
    }

    /// Of every role: whoever lives sends what is due.
    func services(_ temporal: TemporalSide) -> [any Service] { [dispatcher] + temporal.prepared([reconciler]) }
}
