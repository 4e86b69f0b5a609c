internal import Foundation
package import Logging
internal import ServiceLifecycle
internal import SwiftProtobuf
internal import TemporalProtocol

/// Does the work of an activity type.
///
/// A thrown `Failure` is reported as it is; any other error becomes an application failure, retried as its policy says. The
/// task is cancelled when the attempt is no longer wanted (`ActivityTask.cancellation` says why); a slot stays taken until
/// the handler returns. A handler that hands its work on throws `CompletesElsewhere`.
package typealias ActivityHandler = @Sendable (ActivityTask) async throws -> Payload?

/// Takes the activity tasks of one queue.
package struct ActivityWorker: Service {
    private let client: TemporalClient
    private let configuration: ActivityWorkerConfiguration
    private let logger: Logger
    private let activities: [String: ActivityHandler]
    private let instance = newRequestID()

    package init(
        client: TemporalClient, configuration: ActivityWorkerConfiguration, logger: Logger,
        activities: [String: ActivityHandler]
    ) {
        var logger = logger
        logger[metadataKey: "task-queue"] = "\(configuration.taskQueue)"
        self.client = client
        self.configuration = configuration
        self.logger = logger
        self.activities = activities
    }

    package func run() async throws {
        let metrics = WorkerMetrics(
            client.connection.configuration.metrics, namespace: client.namespace, taskQueue: configuration.taskQueue,
            type: .activity)
        metrics.workerStarted()
        let slots = Slots(max(1, configuration.slots), onChange: metrics.slots)
        let poller = metrics.poller(.activity)
        let executor = ActivityExecutor(
            client: client, configuration: configuration, logger: logger, metrics: metrics, activities: activities)
        let presence = WorkerPresence(
            instance: instance, client: client, taskQueue: configuration.taskQueue, type: .activity, slots: slots,
            pollers: [poller],
            logger: logger)
        let source = TaskPump<Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse>.Source(
            pollers: configuration.pollers, pacer: Pacer(perSecond: configuration.maximumActivitiesPerSecond),
            metrics: poller, poll: poll)
        let pump = TaskPump(
            sources: [source], slots: slots, grace: configuration.gracefulShutdown, logger: logger,
            handle: executor.handle, endPolls: presence.leave)
        await presence.serve { await pump.run() }
    }

    private func poll() async throws(TemporalError) -> Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse? {
        let request = Temporal_Api_Workflowservice_V1_PollActivityTaskQueueRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.taskQueue.name = configuration.taskQueue
            $0.taskQueue.kind = .normal
            $0.workerInstanceKey = instance
            $0.workerVersionCapabilities.buildID = configuration.buildID
            if let rate = configuration.taskQueueActivitiesPerSecond {
                $0.taskQueueMetadata.maxTasksPerSecond = .init(rate)
            }
        }
        let response = try await client.connection.call(.poll) {
            try await $0.workflows.pollActivityTaskQueue(request, metadata: $0.metadata, options: $0.options)
        }
        return response.taskToken.isEmpty ? nil : response
    }
}

package struct ActivityWorkerConfiguration: Sendable {
    package var taskQueue: String
    /// Recorded with every task that this worker answers.
    package var buildID: String
    package var pollers = 2
    /// Attempts at once.
    package var slots = 16
    /// Attempts that this worker begins; nil: as many as come. What it does not take is left to other workers.
    package var maximumActivitiesPerSecond: Double?
    /// Attempts that all workers of the queue begin together. The server paces them; the last worker that says so decides.
    package var taskQueueActivitiesPerSecond: Double?
    package var gracefulShutdown: Duration = .seconds(30)
    package var limits = SizeLimit()

    package init(taskQueue: String, buildID: String = "") {
        self.taskQueue = taskQueue
        self.buildID = buildID
    }
}
