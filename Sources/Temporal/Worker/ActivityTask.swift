internal import SwiftProtobuf
internal import TemporalProtocol

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// One attempt at an activity: what to do, for whom, within which time.
package struct ActivityTask: Sendable {
    package var activityType: String
    package var activityID: String
    package var namespace: String
    package var workflowID: String
    package var runID: String
    package var workflowType: String
    package var taskQueue: String
    /// From 1.
    package var attempt: Int
    package var input: [Payload]
    package var headers: [String: Payload]
    /// What the last heartbeat of an earlier attempt said.
    package var heartbeatDetails: [Payload]
    /// Of the first attempt, and of this one.
    package var scheduledAt: Timestamp
    package var attemptScheduledAt: Timestamp
    package var startedAt: Timestamp
    package var scheduleToClose: Duration?
    package var startToClose: Duration?
    package var heartbeatTimeout: Duration?
    package var retry: RetryPolicy?
    package var priority: Priority

    /// Names this attempt to whoever completes it from elsewhere.
    package let token: Data
    let heartbeats: Heartbeats

    /// Says that the work goes on, and how far it is. Cheap to call often: the newest details are sent now and then.
    ///
    /// Without heartbeats an activity never learns that it is to stop: that arrives as the cancellation of its task.
    package func heartbeat(_ details: [Payload] = []) { heartbeats.record(details) }

    /// Why this attempt's task was cancelled; nil while it is wanted.
    package var cancellation: ActivityCancellation? { heartbeats.cancellation }

    package static func heartbeatInterval(timeout: Duration?) -> Duration {
        guard let timeout, timeout > .zero else { return .seconds(30) }
        return min(timeout * 0.8, .seconds(60))
    }
}

/// Why an attempt is stopped.
package enum ActivityCancellation: Sendable, Hashable {
    /// The workflow asked for it.
    case requested
    /// An operator paused or reset the activity: another attempt follows.
    case paused, reset
    /// The server no longer waits for this attempt: timed out, or the workflow is closed.
    case gone
    /// Its start-to-close or schedule-to-close time is over, or it was silent beyond its heartbeat timeout.
    case timedOut
    case workerShutdown
    /// The server would not take what the attempt's heartbeat says; the words tell how large it is.
    case heartbeatTooLarge(String)
}

/// Thrown by a handler that has handed its work on: no end is reported and the slot is free. Who has the work then ends
/// the activity with `TemporalClient.completeActivity`, `failActivity` or `cancelActivity`, by the task's `token` or by its
/// ids; without, it times out.
package struct CompletesElsewhere: Error {
    package init() {}
}

extension ActivityTask {
    init(
        _ message: Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse, taskQueue: String,
        codec: any PayloadCodec
    )
        async throws(TemporalError)
    {
        activityType = message.activityType.name
        activityID = message.activityID
        namespace = message.workflowNamespace
        workflowID = message.workflowExecution.workflowID
        runID = message.workflowExecution.runID
        workflowType = message.workflowType.name
        self.taskQueue = taskQueue
        attempt = Int(message.attempt)
        input = try await codec.decoding([Payload](message.input))
        headers = [String: Payload](message.header.fields)
        heartbeatDetails = try await codec.decoding([Payload](message.heartbeatDetails))
        scheduledAt = Timestamp(message.scheduledTime)
        attemptScheduledAt = Timestamp(message.currentAttemptScheduledTime)
        startedAt = Timestamp(message.startedTime)
        scheduleToClose = Self.timeout(message.scheduleToCloseTimeout)
        startToClose = Self.timeout(message.startToCloseTimeout)
        heartbeatTimeout = Self.timeout(message.heartbeatTimeout)
        retry = message.hasRetryPolicy ? RetryPolicy(message.retryPolicy) : nil
        priority = Priority(message.priority)
        token = message.taskToken
        heartbeats = Heartbeats()
    }

    private static func timeout(_ message: Google_Protobuf_Duration) -> Duration? {
        let duration = Duration(message)
        return duration > .zero ? duration : nil
    }

    /// What is left of the attempt's time, by the server's clocks at its start.
    var timeLeftAtStart: Duration? {
        let total = scheduleToClose.map { $0 - (startedAt - scheduledAt) }
        switch (startToClose, total) {
        case (let attempt?, let total?): return min(attempt, total)
        case (let left?, nil), (nil, let left?): return left
        case (nil, nil): return nil
        }
    }
}

extension Timestamp {
    static func - (left: Timestamp, right: Timestamp) -> Duration {
        .seconds(left.seconds &- right.seconds) + .nanoseconds(Int64(left.nanoseconds) - Int64(right.nanoseconds))
    }
}
