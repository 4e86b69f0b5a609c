/// A failure as Temporal records it: what failed, why, and the chain of causes.
///
/// Mirrors `temporal.api.failure.v1.Failure`, so that every official SDK reads ours and we read theirs.
package struct Failure: Error, Sendable, Hashable {
    package indirect enum Kind: Sendable, Hashable {
        case application(type: String, nonRetryable: Bool, details: [Payload], nextRetryDelay: Duration?)
        case timeout(TimeoutKind, lastHeartbeatDetails: [Payload])
        case canceled(details: [Payload])
        case terminated
        case server(nonRetryable: Bool)
        case activity(
            activityType: String, activityID: String, scheduledEventID: Int64, startedEventID: Int64, identity: String,
            retryState: RetryState
        )
        case childWorkflow(
            workflowType: String, workflowID: String, runID: String, namespace: String, initiatedEventID: Int64,
            startedEventID: Int64, retryState: RetryState
        )
        case resetWorkflow(lastHeartbeatDetails: [Payload])
        /// A kind that this client does not know.
        case unknown
    }

    package enum TimeoutKind: Sendable, Hashable {
        case unspecified, startToClose, scheduleToStart, scheduleToClose, heartbeat
    }
    package enum RetryState: Sendable, Hashable {
        case unspecified, inProgress, nonRetryableFailure, timeout, maximumAttemptsReached, retryPolicyNotSet
        case internalServerError, cancelRequested
    }

    package var kind: Kind
    package var message: String
    package var stackTrace: String
    package var source: String
    /// Message and stack trace once more, when the sender encodes (encrypts) these as well.
    package var encodedAttributes: Payload?
    /// A one-element box, because a struct cannot hold itself.
    private var causes: [Failure]

    package init(kind: Kind, message: String, stackTrace: String = "", source: String = "", cause: Failure? = nil) {
        self.kind = kind
        self.message = message
        self.stackTrace = stackTrace
        self.source = source
        self.causes = cause.map { [$0] } ?? []
    }

    package var cause: Failure? {
        get { causes.first }
        set { causes = newValue.map { [$0] } ?? [] }
    }

    package static func application(
        _ message: String, type: String, nonRetryable: Bool = false, details: [Payload] = [],
        nextRetryDelay: Duration? = nil, cause: Failure? = nil
    ) -> Failure {
        Failure(
            kind: .application(
                type: type, nonRetryable: nonRetryable, details: details, nextRetryDelay: nextRetryDelay),
            message: message, cause: cause
        )
    }
}

extension Failure: CustomStringConvertible {
    package var description: String {
        guard let cause else { return message }
        return "\(message): \(cause.description)"
    }
}
