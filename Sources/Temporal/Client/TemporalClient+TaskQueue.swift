internal import SwiftProtobuf
internal import TemporalProtocol

/// Who serves a task queue and how much waits there.
package struct TaskQueueDescription: Sendable {
    package enum Kind: Sendable { case workflow, activity }

    package struct Poller: Sendable {
        package var identity: String
        package var lastAccess: Timestamp
    }

    package var pollers: [Poller]
    /// Tasks that wait, about.
    package var backlogCount: Int
    /// How long the oldest of them waits.
    package var backlogAge: Duration
    /// Tasks a second.
    package var addRate: Double
    package var dispatchRate: Double
}

extension TemporalClient {
    package func describeTaskQueue(
        _ name: String, kind: TaskQueueDescription.Kind
    ) async throws(TemporalError) -> TaskQueueDescription {
        let message = Temporal_Api_Workflowservice_V1_DescribeTaskQueueRequest.with {
            $0.namespace = namespace
            $0.taskQueue.name = name
            $0.taskQueueType = kind == .workflow ? .workflow : .activity
            $0.reportStats = true
        }
        let response = try await connection.call {
            try await $0.workflows.describeTaskQueue(message, metadata: $0.metadata, options: $0.options)
        }
        return TaskQueueDescription(
            pollers: response.pollers.map {
                .init(identity: $0.identity, lastAccess: Timestamp($0.lastAccessTime))
            },
            backlogCount: Int(response.stats.approximateBacklogCount),
            backlogAge: Duration(response.stats.approximateBacklogAge),
            addRate: Double(response.stats.tasksAddRate),
            dispatchRate: Double(response.stats.tasksDispatchRate)
        )
    }
}
