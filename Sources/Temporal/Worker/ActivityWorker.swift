internal import Foundation
package import Logging
internal import ServiceLifecycle
internal import SwiftProtobuf
internal import TemporalProtocol

/// Does the work of an activity type.
///
/// A thrown `Failure` is reported as it is; any other error becomes an application failure, retried as its policy says. The
/// task is cancelled when the attempt is no longer wanted (`ActivityTask.cancellation` says why); a slot stays taken until
/// the handler returns.
package typealias ActivityHandler = @Sendable (ActivityTask) async throws -> Payload?

/// Takes the activity tasks of one queue.
package struct ActivityWorker: Service {
    private let client: TemporalClient
    private let configuration: ActivityWorkerConfiguration
    private let executor: ActivityExecutor
    private let logger: Logger
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
        executor = ActivityExecutor(
            client: client, configuration: configuration, logger: logger, activities: activities)
    }

    package func run() async throws {
        let metrics = WorkerMetrics(
            client.connection.configuration.metrics, namespace: client.namespace, taskQueue: configuration.taskQueue,
            type: .activity)
        metrics.workerStarted()
        await TaskPump(
            sources: [.init(pollers: configuration.pollers, metrics: metrics.poller(.activity), poll: poll)],
            slots: Slots(max(1, configuration.slots), onChange: metrics.slots), grace: configuration.gracefulShutdown,
            logger: logger, handle: executor.handle,
            endPolls: { await client.endPolls(of: instance, queue: configuration.taskQueue, type: .activity) }
        ).run()
    }

    private func poll() async throws(TemporalError) -> Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse? {
        let request = Temporal_Api_Workflowservice_V1_PollActivityTaskQueueRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.taskQueue.name = configuration.taskQueue
            $0.taskQueue.kind = .normal
            $0.workerInstanceKey = instance
            $0.workerVersionCapabilities.buildID = configuration.buildID
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
    package var gracefulShutdown: Duration = .seconds(30)
    package var limits = SizeLimit()

    package init(taskQueue: String, buildID: String = "") {
        self.taskQueue = taskQueue
        self.buildID = buildID
    }
}
