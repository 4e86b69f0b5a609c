import JSON
import Logging
import Metrics
import Observability

/// What the process tells of itself: its log and its metrics.
struct Observation: Sendable {
    let log: ServiceLog
    let metrics: MetricsRegistry
    let logger: Logger

    /// Of a service that nobody watches.
    static let silent = Observation(
        log: ServiceLog(.init(level: .critical)), metrics: MetricsRegistry(),
        logger: Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() })

    /// Makes them the whole process's, libraries included: once, before anything logs or makes a metric.
    static func begin(_ settings: Settings, level: Logger.Level? = nil) -> Observation {
        for entry in settings.all where entry.setting.isSecret {
            if case .string(let secret) = entry.json { Redactor.shared.add(secret) }
        }
        let log = ServiceLog(
            .init(level: level ?? settings.logLevel, format: settings.logFormat, personalData: settings.personalData))
        log.bootstrap()
        let metrics = MetricsRegistry()
        MetricsSystem.bootstrap(metrics)
        return Observation(log: log, metrics: metrics, logger: log.logger(label: "workflow-service"))
    }
}
