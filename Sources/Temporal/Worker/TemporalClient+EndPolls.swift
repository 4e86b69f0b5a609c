internal import SwiftProtobuf
internal import TemporalProtocol

extension TemporalClient {
    /// Tells the server that one worker goes: it answers that worker's polls, empty-handed. Best effort; a server does so
    /// where `frontend.enableCancelWorkerPollsOnShutdown` is set.
    /// Tasks on the worker's sticky queue go to other workers from then on.
    func endPolls(
        of instance: String, queue: String, stickyQueue: String? = nil, type: Temporal_Api_Enums_V1_TaskQueueType
    ) async {
        let request = Temporal_Api_Workflowservice_V1_ShutdownWorkerRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.workerInstanceKey = instance
            $0.taskQueue = queue
            $0.stickyTaskQueue = stickyQueue ?? ""
            $0.taskQueueTypes = [type]
            $0.reason = "graceful shutdown"
        }
        let policy = CallPolicy(attempt: .seconds(2), total: .zero)
        do {
            _ = try await connection.call(policy) {
                try await $0.workflows.shutdownWorker(request, metadata: $0.metadata, options: $0.options)
            }
        } catch {
            // Then they are cut off after a while.
        }
    }
}
