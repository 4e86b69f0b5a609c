internal import Foundation
internal import Logging
internal import SwiftProtobuf
internal import TemporalProtocol

/// Makes one attempt at an activity: runs its handler beside its heartbeats and its deadline, and reports the end.
struct ActivityExecutor: Sendable {
    let client: TemporalClient
    let configuration: ActivityWorkerConfiguration
    let logger: Logger
    let activities: [String: ActivityHandler]

    func handle(_ message: Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse) async {
        var logger = logger
        logger[metadataKey: "activity"] = "\(message.activityType.name)"
        logger[metadataKey: "activity-id"] = "\(message.activityID)"
        logger[metadataKey: "workflow-id"] = "\(message.workflowExecution.workflowID)"
        logger[metadataKey: "attempt"] = "\(message.attempt)"
        let begin = ContinuousClock.now
        let report: ActivityReport
        var deadline: ContinuousClock.Instant?
        do {
            let task = try await ActivityTask(message, taskQueue: configuration.taskQueue, codec: client.codec)
            deadline = task.timeLeftAtStart.map { begin + $0 }
            let result = await attempt(task, deadline: deadline, logger)
            report = ActivityReport(result, of: task)
        } catch {
            report = .failed(
                .application("the activity's input cannot be read: \(error)", type: "PayloadError"), lastHeartbeat: nil)
        }
        await send(report, message, deadline, logger)
    }

    /// Runs the handler to its end, however it ends; heartbeats go on while a cancelled handler cleans up.
    private func attempt(
        _ task: ActivityTask, deadline: ContinuousClock.Instant?, _ logger: Logger
    ) async -> Result<Payload?, any Error> {
        guard let handler = activities[task.activityType] else {
            let known = activities.keys.sorted().joined(separator: ", ")
            let text = "activity \(task.activityType) is not known to this worker; it has: \(known)"
            return .failure(Failure.application(text, type: "NotFoundError"))
        }
        let work = Task { try await handler(task) }
        return await withTaskGroup { watchers in
            watchers.addTask {
                await task.heartbeats.deliver(every: ActivityTask.heartbeatInterval(timeout: task.heartbeatTimeout)) {
                    guard let reason = await sendHeartbeat($0, task, logger) else { return }
                    task.heartbeats.cancel(reason)
                    work.cancel()
                }
            }
            if let deadline {
                watchers.addTask {
                    guard (try? await Task.sleep(until: deadline)) != nil else { return }
                    task.heartbeats.cancel(.timedOut)
                    work.cancel()
                }
            }
            let result = await withTaskCancellationHandler {
                await work.result
            } onCancel: {
                task.heartbeats.cancel(.workerShutdown)
                work.cancel()
            }
            watchers.cancelAll()
            return result
        }
    }

    /// Why the attempt is to stop, when the server says so.
    private func sendHeartbeat(_ details: [Payload], _ task: ActivityTask, _ logger: Logger) async
        -> ActivityCancellation?
    {
        do {
            let encoded = try await client.codec.encoding(details)
            let request = Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatRequest.with {
                $0.namespace = client.namespace
                $0.identity = client.identity
                $0.resourceID = task.workflowID
                $0.taskToken = task.token
                if !encoded.isEmpty { $0.details = encoded.message }
            }
            // The next heartbeat is the retry of one that is late.
            let limit = ActivityTask.heartbeatInterval(timeout: task.heartbeatTimeout)
            let response = try await client.connection.call(CallPolicy(attempt: min(limit, .seconds(10)), total: limit))
            {
                try await $0.workflows.recordActivityTaskHeartbeat(request, metadata: $0.metadata, options: $0.options)
            }
            if response.cancelRequested { return .requested }
            if response.activityReset { return .reset }
            if response.activityPaused { return .paused }
        } catch {
            if error.code == .notFound { return .gone }
            logger.debug("a heartbeat was not taken", metadata: ["error": "\(error)"])
        }
        return nil
    }
}
