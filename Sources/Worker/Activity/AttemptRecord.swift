import Activities
import Foundation
import Logging
import Observability
import Temporal

/// What log and metrics hear of one attempt at an activity.
struct AttemptRecord {
    private let task: ActivityTask
    private let logger: Logger
    private let begin = ContinuousClock.now

    /// Begins now.
    init(_ task: ActivityTask, logger: Logger) {
        self.task = task
        self.logger = logger
        let queued = max(0, task.startedAt.milliseconds - task.attemptScheduledAt.milliseconds)
        logger.info("Activity started", metadata: ["queue_ms": "\(queued)"])
    }

    func completed() {
        let took = ContinuousClock.now - begin
        logger.info("Activity completed", metadata: ["duration_ms": "\(took.milliseconds)"])
        ServiceMetrics.shared.activityAttempt(task.activityType, outcome: "completed", took: took)
    }

    func cancelled() {
        let took = ContinuousClock.now - begin
        logger.info(
            "Activity cancelled",
            metadata: [
                "duration_ms": "\(took.milliseconds)",
                "reason": "\(task.cancellation.map { "\($0)" } ?? "the worker stops")",
            ])
        ServiceMetrics.shared.activityAttempt(task.activityType, outcome: "cancelled", took: took)
    }

    /// - Parameter cause: what a tenant is not told; nil where `error` says all.
    func failed(_ error: ActivityError, cause: (any Error)?) {
        let took = ContinuousClock.now - begin
        let attemptsLeft = task.retry.map { $0.maximumAttempts == 0 || task.attempt < $0.maximumAttempts } ?? true
        let isRetried = error.isRetryable && attemptsLeft
        var metadata: Logger.Metadata = [
            "duration_ms": "\(took.milliseconds)", "type": "\(error.type)", "reason": "\(error.description)",
            "retried": "\(isRetried)",
        ]
        if let cause { metadata["error"] = .cause(cause) }
        logger.log(level: cause == nil ? .warning : .error, "Activity failed", metadata: metadata)
        ServiceMetrics.shared.activityAttempt(task.activityType, outcome: error.type, took: took)
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
