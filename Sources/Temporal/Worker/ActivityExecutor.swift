internal import Foundation
internal import Logging
internal import Metrics
internal import SwiftProtobuf
internal import TemporalProtocol

/// Makes one attempt at an activity: runs its handler beside its heartbeats and its deadline, and reports the end.
struct ActivityExecutor: Sendable {
    let client: TemporalClient
    let configuration: ActivityWorkerConfiguration
    let logger: Logger
    private let activities: [String: (handler: ActivityHandler, metrics: ActivityMetrics)]
    private let unregistered: Counter

    init(
        client: TemporalClient, configuration: ActivityWorkerConfiguration, logger: Logger, metrics: WorkerMetrics,
        activities: [String: ActivityHandler]
    ) {
        self.client = client
        self.configuration = configuration
        self.logger = logger
        self.activities = Dictionary(
            uniqueKeysWithValues: activities.map { ($0, ($1, ActivityMetrics(metrics, type: $0))) })
        unregistered = metrics.counter(.activityUnregistered)
    }

    func handle(_ message: Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse) async {
        await PayloadOwner.$workflowID.withValue(message.workflowExecution.workflowID) { await makeAttempt(message) }
    }

    private func makeAttempt(_ message: Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse) async {
        let log = AttemptLog(logger: logger, message: message)
        let begin = ContinuousClock.now
        let report: ActivityReport
        var deadline: ContinuousClock.Instant?
        let metrics = activities[message.activityType.name]?.metrics
        do {
            let task = try await ActivityTask(message, taskQueue: configuration.taskQueue, codec: client.codec)
            deadline = task.timeLeftAtStart.map { begin + $0 }
            metrics?.scheduleToStart.record(duration: task.startedAt - task.attemptScheduledAt)
            let result = await attempt(task, deadline: deadline, log)
            report = ActivityReport(result, of: task)
            metrics?.count(report, took: ContinuousClock.now - begin, waited: task.startedAt - task.scheduledAt)
        } catch {
            report = .outcome(
                .failed(
                    .application("the activity's input cannot be read: \(error)", type: "PayloadError"),
                    lastHeartbeat: []))
            metrics?.failed.increment()
        }
        guard case .outcome(let outcome) = report else { return }
        await send(
            outcome, of: .token(message.taskToken), workflowID: message.workflowExecution.workflowID, deadline, log)
    }

    /// Runs the handler to its end, however it ends; heartbeats go on while a cancelled handler cleans up.
    private func attempt(
        _ task: ActivityTask, deadline: ContinuousClock.Instant?, _ log: AttemptLog
    ) async -> Result<Payload?, any Error> {
        guard let handler = activities[task.activityType]?.handler else {
            unregistered.increment()
            let known = activities.keys.sorted().joined(separator: ", ")
            let text = "activity \(task.activityType) is not known to this worker; it has: \(known)"
            return .failure(Failure.application(text, type: "NotFoundError"))
        }
        let work = Task { try await handler(task) }
        return await withTaskGroup { watchers in
            watchers.addTask {
                await task.heartbeats.deliver(every: ActivityTask.heartbeatInterval(timeout: task.heartbeatTimeout)) {
                    guard let reason = await sendHeartbeat($0, task, log) else { return }
                    task.heartbeats.cancel(reason)
                    work.cancel()
                }
            }
            watchers.addTask {
                guard await task.heartbeats.isTimedOut(heartbeatTimeout: task.heartbeatTimeout, deadline) else {
                    return
                }
                task.heartbeats.cancel(.timedOut)
                work.cancel()
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
    private func sendHeartbeat(_ details: [Payload], _ task: ActivityTask, _ log: AttemptLog) async
        -> ActivityCancellation?
    {
        // The next heartbeat is the retry of one that is late.
        let limit = ActivityTask.heartbeatInterval(timeout: task.heartbeatTimeout)
        let reporter = ActivityReporter(
            workflowID: task.workflowID, policy: CallPolicy(attempt: min(limit, .seconds(10)), total: limit))
        do {
            let encoded = try await client.codec.encoding(details)
            do {
                try configuration.limits.check(encoded, "The heartbeat's details")
            } catch {
                log(.error, "a heartbeat cannot be sent", error)
                return .heartbeatTooLarge(error.message)
            }
            return try await client.send(heartbeat: encoded, of: .token(task.token), as: reporter)
        } catch {
            if error.code == .notFound { return .gone }
            log(.debug, "a heartbeat was not taken", error)
            return nil
        }
    }
}

/// Says of which attempt it speaks, but only when somebody listens: most attempts say nothing.
struct AttemptLog: Sendable {
    fileprivate let logger: Logger
    fileprivate let message: Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse

    func callAsFunction(_ level: Logger.Level, _ text: Logger.Message, _ error: TemporalError) {
        logger.log(
            level: level, text,
            metadata: [
                "activity": "\(message.activityType.name)", "activity-id": "\(message.activityID)",
                "workflow-id": "\(message.workflowExecution.workflowID)", "attempt": "\(message.attempt)",
                "error": "\(error)",
            ])
    }
}

extension ActivityMetrics {
    /// - Parameter waited: From the first scheduling to this attempt's start.
    fileprivate func count(_ report: ActivityReport, took: Duration, waited: Duration) {
        execution.record(duration: took)
        switch report {
        case .outcome(.completed): succeedEndToEnd.record(duration: waited + took)
        case .outcome(.failed): failed.increment()
        case .outcome(.cancelled), .none: break
        }
    }
}
