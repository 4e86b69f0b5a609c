internal import Foundation
package import Logging
internal import ServiceLifecycle
internal import SwiftProtobuf
internal import TemporalProtocol

/// Takes the workflow tasks of one queue and lets machines of one type answer them.
///
/// Runs are kept in a cache between their tasks, so that a task is folded on from where the run stands; what is not there is
/// folded from its full history.
package struct WorkflowWorker<Machine: WorkflowMachine>: Service {
    private let client: TemporalClient
    private let configuration: WorkflowWorkerConfiguration
    private let handler: WorkflowTaskHandler<Machine>
    private let metrics: WorkerMetrics
    private let logger: Logger
    private let instance: String

    /// - Parameter onClosed: Called after the server accepted the command that closes a run. A process that dies in between
    ///   never calls it: something else must repair what depends on it.
    package init(
        _ machine: Machine.Type, client: TemporalClient, configuration: WorkflowWorkerConfiguration, logger: Logger,
        onClosed: @escaping @Sendable (ClosedWorkflow<Machine>) async -> Void = { _ in }
    ) {
        var logger = logger
        logger[metadataKey: "task-queue"] = "\(configuration.taskQueue)"
        self.client = client
        self.configuration = configuration
        self.logger = logger
        instance = newRequestID()
        metrics = WorkerMetrics(
            client.connection.configuration.metrics, namespace: client.namespace, taskQueue: configuration.taskQueue,
            type: .workflow)
        let cacheMetrics = StickyCacheMetrics(metrics)
        let sticky = StickyQueue(
            name: "sticky-\(instance)", normalName: configuration.taskQueue, timeout: configuration.stickyTimeout)
        handler = WorkflowTaskHandler(
            client: client, configuration: configuration, sticky: configuration.keepsRuns ? sticky : nil,
            cache: WorkflowCache(
                runs: configuration.keepsRuns ? configuration.cacheSize : 0, bytes: configuration.cacheBytes,
                metrics: cacheMetrics),
            cacheMetrics: cacheMetrics, metrics: WorkflowMetricsByType(metrics), logger: logger, onClosed: onClosed)
    }

    package func run() async throws {
        metrics.workerStarted()
        let slots = Slots(max(1, configuration.maximumConcurrentTasks), onChange: metrics.slots)
        let sources = sources
        let presence = WorkerPresence(
            instance: instance, client: client, taskQueue: configuration.taskQueue,
            stickyQueue: handler.sticky?.name ?? "", type: .workflow, slots: slots, pollers: sources.map(\.metrics),
            logger: logger)
        let pump = TaskPump(
            sources: sources, slots: slots, grace: configuration.gracefulShutdown, logger: logger,
            handle: handler.handle, endPolls: presence.leave)
        await presence.serve { await pump.run() }
        handler.cache.removeAll()
    }

    private typealias Task = Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueResponse

    /// New runs, and those that no worker holds, come on the normal queue: it always has a poller of its own.
    private var sources: [TaskPump<Task>.Source] {
        let queue = Temporal_Api_Taskqueue_V1_TaskQueue.with {
            $0.name = configuration.taskQueue
            $0.kind = .normal
        }
        guard let sticky = handler.sticky else { return [source(queue, .workflow, pollers: configuration.pollers)] }
        let normal = max(1, configuration.pollers / 4)
        return [
            source(queue, .workflow, pollers: normal),
            source(sticky.message, .stickyWorkflow, pollers: configuration.pollers - normal),
        ]
    }

    private func source(
        _ queue: Temporal_Api_Taskqueue_V1_TaskQueue, _ type: WorkerMetrics.PollerType, pollers: Int
    ) -> TaskPump<Task>.Source {
        TaskPump<Task>.Source(pollers: pollers, metrics: metrics.poller(type)) { () throws(TemporalError) -> Task? in
            try await poll(queue)
        }
    }

    private func poll(_ queue: Temporal_Api_Taskqueue_V1_TaskQueue) async throws(TemporalError) -> Task? {
        let request = Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.taskQueue = queue
            $0.workerInstanceKey = instance
            $0.workerVersionCapabilities.buildID = configuration.buildID
        }
        let response = try await client.connection.call(.poll) {
            try await $0.workflows.pollWorkflowTaskQueue(request, metadata: $0.metadata, options: $0.options)
        }
        return response.taskToken.isEmpty ? nil : response
    }
}

package struct WorkflowWorkerConfiguration: Sendable {
    package var taskQueue: String
    /// Recorded with every task that this worker answers.
    package var buildID: String
    package var pollers = 4
    package var maximumConcurrentTasks = 32
    package var gracefulShutdown: Duration = .seconds(10)
    package var limits = SizeLimit()
    /// Runs kept between their tasks; 0 keeps none. With fewer than two pollers or slots none are kept either: both queues,
    /// the normal one and that of the runs kept, need one.
    package var cacheSize = 1_000
    /// Bytes of all runs kept, approximately.
    package var cacheBytes = 256 << 20
    /// A task of a run kept that waits longer than this is given to any worker, with its whole history.
    package var stickyTimeout: Duration = .seconds(10)

    var keepsRuns: Bool { cacheSize > 0 && pollers > 1 && maximumConcurrentTasks > 1 }

    package init(taskQueue: String, buildID: String = "") {
        self.taskQueue = taskQueue
        self.buildID = buildID
    }
}

/// A run that this worker has just closed, with its machine as it ended.
package struct ClosedWorkflow<Machine: WorkflowMachine>: Sendable {
    package var workflowID: String
    package var runID: String
    package var workflowType: String
    package var outcome: WorkflowOutcome
    package var machine: Machine
}
