internal import Foundation
package import Logging
internal import ServiceLifecycle
internal import SwiftProtobuf
internal import TemporalProtocol

/// Takes the workflow tasks of one queue and lets machines of one type answer them.
///
/// Each task is folded from the full history; nothing is kept between tasks.
package struct WorkflowWorker<Machine: WorkflowMachine>: Service {
    private let client: TemporalClient
    private let configuration: WorkflowWorkerConfiguration
    private let handler: WorkflowTaskHandler<Machine>
    private let logger: Logger
    private let instance = newRequestID()

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
        handler = WorkflowTaskHandler(client: client, configuration: configuration, logger: logger, onClosed: onClosed)
    }

    package func run() async throws {
        let metrics = WorkerMetrics(
            client.connection.configuration.metrics, namespace: client.namespace, taskQueue: configuration.taskQueue,
            type: .workflow)
        metrics.workerStarted()
        await TaskPump(
            sources: [.init(pollers: configuration.pollers, metrics: metrics.poller(.workflow), poll: poll)],
            slots: Slots(max(1, configuration.maximumConcurrentTasks), onChange: metrics.slots),
            grace: configuration.gracefulShutdown, logger: logger, handle: handler.handle,
            endPolls: { await client.endPolls(of: instance, queue: configuration.taskQueue, type: .workflow) }
        ).run()
    }

    private func poll() async throws(TemporalError) -> Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueResponse? {
        let request = Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.taskQueue.name = configuration.taskQueue
            $0.taskQueue.kind = .normal
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
