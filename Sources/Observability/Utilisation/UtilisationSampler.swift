import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// A task queue as Temporal tells it.
package struct QueueSample: Sendable, Hashable {
    package var queue: String
    /// `workflow` or `activity`.
    package var kind: String
    package var backlog: Int
    package var backlogAge: Duration
    /// Tasks a second.
    package var addRate: Double
    package var dispatchRate: Double
    package var pollers: Int

    package init(
        queue: String, kind: String, backlog: Int, backlogAge: Duration, addRate: Double, dispatchRate: Double,
        pollers: Int
    ) {
        self.queue = queue
        self.kind = kind
        self.backlog = backlog
        self.backlogAge = backlogAge
        self.addRate = addRate
        self.dispatchRate = dispatchRate
        self.pollers = pollers
    }
}

/// Looks now and then at what nobody reports by himself: task queues, and how late tasks and event loops run.
package struct UtilisationSampler: Service {
    private let queues: @Sendable () async throws -> [QueueSample]
    private let eventLoop: @Sendable () async throws -> Void
    private let metrics: ServiceMetrics

    private static let queueInterval = 15
    /// A worker that is asked this often whether it is late costs nothing.
    private static let lagInterval = Duration.seconds(1)

    /// - Parameters:
    ///   - queues: what Temporal says now; empty where that is not this process's business.
    ///   - eventLoop: returns when an event loop has answered.
    package init(
        queues: @escaping @Sendable () async throws -> [QueueSample],
        eventLoop: @escaping @Sendable () async throws -> Void, metrics: ServiceMetrics = .shared
    ) {
        self.queues = queues
        self.eventLoop = eventLoop
        self.metrics = metrics
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await sampleLag() }
                group.addTask {
                    while !Task.isCancelled {
                        // Temporal that is away shows elsewhere.
                        if let samples = try? await queues() { samples.forEach(tell) }
                        try? await Task.sleep(for: .seconds(Self.queueInterval))
                    }
                }
            }
        }
    }

    private func sampleLag() async {
        while true {
            let begin = ContinuousClock.now
            guard (try? await Task.sleep(for: Self.lagInterval)) != nil else { return }
            let lag = ContinuousClock.now - begin - Self.lagInterval
            metrics.gauge("workflow_executor_lag_seconds", [], max(0, lag / .seconds(1)))
            let asked = ContinuousClock.now
            guard (try? await eventLoop()) != nil else { continue }
            metrics.gauge("workflow_event_loop_lag_seconds", [], (ContinuousClock.now - asked) / .seconds(1))
        }
    }

    private func tell(_ sample: QueueSample) {
        let labels = [("queue", sample.queue), ("kind", sample.kind)]
        metrics.gauge("workflow_task_queue_backlog", labels, Double(sample.backlog))
        metrics.gauge("workflow_task_queue_backlog_age_seconds", labels, sample.backlogAge / .seconds(1))
        metrics.gauge("workflow_task_queue_add_rate", labels, sample.addRate)
        metrics.gauge("workflow_task_queue_dispatch_rate", labels, sample.dispatchRate)
        metrics.gauge("workflow_task_queue_pollers", labels, Double(sample.pollers))
    }
}
