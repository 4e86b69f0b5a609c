import AI
import Activities
import HTTPAPI
import JSON
import Logging
import Metrics
import NIOCore
import NIOPosix
import Observability
import Storage
import Temporal
import Worker

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

extension Observation {
    /// What the process answers about itself.
    func monitoring(
        _ configuration: ServiceConfiguration, _ stores: Stores, _ temporal: TemporalSide, _ ai: AIService
    ) -> Monitoring {
        ServiceMetrics.shared.gauge("workflow_build_info", [("version", serviceVersion)], 1)
        let checks =
            configuration.role.servesAPI
            ? apiHealthChecks(stores, temporal, ai, taskQueue: configuration.taskQueue)
            : workerHealthChecks(stores, temporal, ai)
        return Monitoring(
            health: HealthMonitor(checks, version: serviceVersion), registry: metrics,
            statistics: StatisticsStore(stores.database), logs: ExecutionLogStore(stores.database), levels: log.levels,
            levelStore: LogLevelStore(stores.database))
    }

    /// Looks at the task queues and at how late the process runs.
    func sampler(_ configuration: ServiceConfiguration, _ temporal: TemporalSide) -> UtilisationSampler {
        let (client, taskQueue) = (temporal.client, configuration.taskQueue)
        let queues =
            [(taskQueue, TaskQueueDescription.Kind.workflow)]
            + ActivityPool.allCases.map { ($0.taskQueue(of: taskQueue), .activity) }
        return UtilisationSampler(
            queues: {
                var samples: [QueueSample] = []
                for (queue, kind) in queues {
                    let state = try await client.describeTaskQueue(queue, kind: kind)
                    samples.append(
                        QueueSample(
                            queue: queue, kind: "\(kind)", backlog: state.backlogCount, backlogAge: state.backlogAge,
                            addRate: state.addRate, dispatchRate: state.dispatchRate, pollers: state.pollers.count))
                }
                return samples
            },
            eventLoop: { try await MultiThreadedEventLoopGroup.singleton.any().submit {}.get() })
    }
}
