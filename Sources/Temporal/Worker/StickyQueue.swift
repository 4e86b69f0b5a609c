internal import SwiftProtobuf
internal import TemporalProtocol

/// The queue of one worker, on which the server puts the next tasks of the runs that the worker holds in its cache: they bring
/// only what happened since. Where nobody takes them within `timeout` they go to the normal queue.
struct StickyQueue: Sendable {
    let name: String
    let normalName: String
    let timeout: Duration

    var message: Temporal_Api_Taskqueue_V1_TaskQueue {
        .with {
            $0.name = name
            $0.kind = .sticky
            $0.normalName = normalName
        }
    }

    /// What an answered task tells the server.
    var attributes: Temporal_Api_Taskqueue_V1_StickyExecutionAttributes {
        .with {
            $0.workerTaskQueue = message
            $0.scheduleToStartTimeout = timeout.message
        }
    }
}

extension TemporalClient {
    /// Tells the server that nobody holds the run: its next tasks bring their whole history, for any worker. Best effort.
    func resetStickyTaskQueue(workflowID: String, runID: String) async {
        let request = Temporal_Api_Workflowservice_V1_ResetStickyTaskQueueRequest.with {
            $0.namespace = namespace
            $0.execution = execution(workflowID, runID)
        }
        let policy = CallPolicy(attempt: .seconds(2), total: .zero)
        _ = try? await connection.call(policy) {
            try await $0.workflows.resetStickyTaskQueue(request, metadata: $0.metadata, options: $0.options)
        }
    }
}
