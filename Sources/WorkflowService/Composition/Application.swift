import Executions
import HTTPAPI
import Logging
import Observability
import ServiceLifecycle
import Storage
import Templates
import Worker

/// The whole service, put together: what production, the demonstration and the tests all run.
struct ServiceApplication: Sendable {
    /// In start order; a graceful shutdown stops them in reverse: the API finishes its requests, then workers stop
    /// polling and finish their activities, then the way to Temporal closes.
    let services: [any Service]
    let settings: Settings
    let stores: Stores
    /// The key of the first tenant, on the first start only.
    let firstKey: String?
    let temporalAddress: String
    let temporalUI: String?
    /// `POST /workflows/execute`: what the listener answers.
    var routes: [String] { listener?.routes ?? [] }
    private let temporal: TemporalSide
    /// The API's, or the one that a worker answers health on; nil where none is asked for.
    private let listener: Listener?

    /// The listener's address, once it listens: `http://127.0.0.1:8080`.
    var url: String? { get async { await listener?.url } }

    /// Returns when the process listens and Temporal is ready for it.
    func waitUntilReady() async {
        _ = await listener?.url
        await temporal.waitUntilReady()
    }

    /// 1. The data folder and the database, with tenants and templates.
    /// 2. Temporal: the embedded server, or a connection to a cluster.
    /// 3. What the role asks for: workers, and the API with what looks after rows.
    static func build(
        _ configuration: ServiceConfiguration, _ observation: Observation
    ) async throws -> ServiceApplication {
        let logger = observation.logger
        let settings = configuration.settings
        let stores = try await Stores.open(configuration, logger: logger)
        let firstKey = configuration.role.servesAPI ? try await stores.firstKey() : nil
        let temporal = try await TemporalSide(configuration, stores: stores, logger: logger)
        let temporalUI = temporal.uiAddress.map { "\($0)/namespaces/\(configuration.namespace)" }
        let closer = ExecutionCloser(
            executions: stores.executions, archive: stores.histories, temporal: temporal.client, logger: logger)
        let waiters = ExecutionWaiters(stores.database)
        let executions = ExecutionService(
            store: stores.executions, usage: stores.usage, archive: stores.histories, tenants: stores.tenants,
            templates: stores.templates, temporal: temporal.client, closer: closer, waiters: waiters,
            taskQueue: configuration.taskQueue, logger: logger
        )
        let updates = LiveUpdates(executions: executions)

        // Calls are settled, and the client closed, after whoever calls has ended.
        let ai = try AISide(configuration, stores: stores, logger: logger)
        let logWriter = ExecutionLogWriter(
            log: observation.log, store: ExecutionLogStore(stores.database), logger: logger)
        let watch = CacheWatch(stores.database, .definitions, stores.templates.forget)
        let levelWatch = try await LogLevelWatch(stores.database, levels: observation.log.levels, logger: logger)
        var services: [any Service] =
            [HeldFolder(folder: stores.folder), logWriter, watch, levelWatch] + ai.services + temporal.services
        if configuration.role.runsWorkers {
            services += try WorkerSide(
                configuration, stores: stores, temporal: temporal, executions: executions, ai: ai.service,
                closer: closer, logger: logger
            ).services(temporal)
        }
        if configuration.role.servesAPI {
            services += temporal.prepared([
                Reconciler(
                    executions: executions, closer: closer, leases: LeaseStore(stores.database),
                    interval: configuration.reconcileInterval, logger: logger),
                TenantEraser(
                    database: stores.database, documents: stores.documents, histories: stores.histories,
                    payloads: LargePayloadCodec(store: stores.payloads, scope: configuration.namespace),
                    temporal: temporal.client, logger: logger),
            ])
        }

        let hooks = Hooks(configuration, stores: stores, temporal: temporal, logger: logger)
        services += hooks.services(temporal)
        let monitoring = observation.monitoring(configuration, stores, temporal, ai.service)
        services.append(observation.sampler(configuration, temporal))

        // Last to start, first to stop.
        let listener: Listener?
        if configuration.role.servesAPI {
            let access = try APIServices.access(configuration, stores: stores, logger: logger)
            services += access.services
            let api = try APIServices(
                configuration, stores: stores, temporal: temporal, executions: executions, updates: updates,
                ai: ai.service, temporalUI: temporalUI, access: access, hooks: hooks, monitoring: monitoring)
            listener = try Listener(
                makeRouter(api), host: settings.host, port: settings.port, certificate: configuration.certificate,
                logger: logger)
        } else {
            listener = nil
        }
        let monitoringListener = try settings.monitoringPort.map {
            try Listener(
                makeMonitoringRouter(monitoring), host: settings.host, port: $0,
                certificate: configuration.certificate, logger: logger)
        }
        services += [listener, monitoringListener].compactMap(\.?.service)
        // Streams end first, or the API would wait for them.
        if configuration.role.servesAPI { services += [waiters, updates] as [any Service] }
        return ServiceApplication(
            services: services, settings: settings, stores: stores, firstKey: firstKey,
            temporalAddress: temporal.address,
            temporalUI: temporalUI, temporal: temporal, listener: listener ?? monitoringListener
        )
    }
}

/// Keeps the folder locked until every other service has ended: it is first in the group.
private struct HeldFolder: Service {
    let folder: DataFolder

    func run() async throws { try? await gracefulShutdown() }
}
