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
    package var backlog: TaskQueueBacklog
    /// By priority key, 1 to 5; empty where the server does not tell.
    package var backlogByPriority: [Int: TaskQueueBacklog]

    package var backlogCount: Int { backlog.count }
    package var backlogAge: Duration { backlog.age }
    package var addRate: Double { backlog.addRate }
    package var dispatchRate: Double { backlog.dispatchRate }
}

package struct TaskQueueBacklog: Sendable, Hashable {
    /// Tasks that wait, about.
    package var count: Int
    /// How long the oldest of them waits.
    package var age: Duration
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
            backlog: TaskQueueBacklog(response.stats),
            backlogByPriority: Dictionary(
                response.statsByPriorityKey.map { (Int($0.key), TaskQueueBacklog($0.value)) }, uniquingKeysWith: { $1 })
        )
    }
}

extension TaskQueueBacklog {
    fileprivate init(_ stats: Temporal_Api_Taskqueue_V1_TaskQueueStats) {
        self.init(
            count: Int(stats.approximateBacklogCount), age: Duration(stats.approximateBacklogAge),
            addRate: Double(stats.tasksAddRate), dispatchRate: Double(stats.tasksDispatchRate))
    }
}
