package import Hummingbird
package import Observability
package import Storage

/// What a process tells of itself over HTTP.
package struct Monitoring: Sendable {
    package var health: HealthMonitor
    package var registry: MetricsRegistry
    package var statistics: StatisticsStore
    package var logs: ExecutionLogStore
    package var levels: LogLevels
    package var levelStore: LogLevelStore

    package init(
        health: HealthMonitor, registry: MetricsRegistry, statistics: StatisticsStore, logs: ExecutionLogStore,
        levels: LogLevels, levelStore: LogLevelStore
    ) {
        self.health = health
        self.registry = registry
        self.statistics = statistics
        self.logs = logs
        self.levels = levels
        self.levelStore = levelStore
    }
}

extension APIServices {
    /// Health, metrics, performance and the log level, of the API's own port.
    func addMonitoring(to router: Router<APIContext>, _ tenant: Authentication, _ operator: OperatorAuthentication) {
        HealthRoutes(health: monitoring.health) { request, context in
            if `operator`.isKnown(request) { return true }
            return await tenant.isKnown(request, context)
        }.add(to: router)
        let either = router.group("workflows").add(middleware: OperatorOrTenant(operator: `operator`, tenant: tenant))
        MetricsRoutes(
            registry: monitoring.registry,
            metricsReport: MetricsReport(monitoring.statistics, registry: monitoring.registry),
            performanceReport: PerformanceReport(monitoring.statistics)
        ).add(to: either)
        LogLevelRoutes(levels: monitoring.levels, store: monitoring.levelStore)
            .add(to: router.group("workflows").add(middleware: `operator`))
        ScrapeRoutes(registry: monitoring.registry).add(to: router.group().add(middleware: `operator`))
    }
}

/// A port for probes and Prometheus alone, which wants no key: it must not be reachable for others.
package func makeMonitoringRouter(_ monitoring: Monitoring) -> Router<APIContext> {
    let router = Router(context: APIContext.self)
    router.add(middleware: RequestIdentity())
    router.add(middleware: ErrorTranslation())
    HealthRoutes(health: monitoring.health, isKnown: { _, _ in true }).add(to: router)
    ScrapeRoutes(registry: monitoring.registry).add(to: router)
    return router
}
