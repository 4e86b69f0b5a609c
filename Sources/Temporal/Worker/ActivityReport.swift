internal import Logging

/// What the server is told of an attempt.
enum ActivityReport: Sendable {
    case outcome(ActivityOutcome)
    /// Nobody waits for it, or somebody else will tell.
    case none

    init(_ result: Result<Payload?, any Error>, of task: ActivityTask) {
        func failed(_ failure: Failure) -> Self {
            .outcome(.failed(failure, lastHeartbeat: task.heartbeats.last ?? []))
        }
        switch (result, task.cancellation) {
        case (.success(let payload), _): self = .outcome(.completed(payload))
        case (.failure(is CompletesElsewhere), _): self = .none
        case (.failure, .gone), (.failure, .timedOut): self = .none
        case (.failure, .heartbeatTooLarge(let words)):
            self = .outcome(.failed(SizeLimit.failure(words), lastHeartbeat: []))
        case (.failure(let failure as Failure), .requested):
            if case .canceled(let details) = failure.kind {
                self = .outcome(.cancelled(details: details))
            } else {
                self = failed(failure)
            }
        case (.failure(let failure as Failure), _): self = failed(failure)
        case (.failure(is CancellationError), .requested): self = .outcome(.cancelled(details: []))
        case (.failure(is CancellationError), let reason?):
            self = failed(.application("the attempt was stopped: \(reason)", type: "ActivityStopped"))
        case (.failure(let error), _): self = failed(.application("\(error)", type: "\(type(of: error))"))
        }
    }
}

extension ActivityOutcome {
    /// What is told instead of an outcome that is too large for the server: sent as it is, it would never arrive, and the
    /// workflow would wait until the attempt times out.
    fileprivate func shortened(because error: TemporalError) -> ActivityOutcome {
        guard case .failed(let failure, _) = self else {
            return .failed(SizeLimit.failure(error.message), lastHeartbeat: [])
        }
        return .failed(failure.shortened(because: error.message), lastHeartbeat: [])
    }
}

extension Failure {
    /// Without what takes room: details, causes, most of the message and of the stack trace. Type and retry stay, since
    /// policies go by them.
    fileprivate func shortened(because reason: String) -> Failure {
        let kind: Kind =
            switch self.kind {
            case .application(let type, let nonRetryable, _, let delay):
                .application(
                    type: String(type.prefix(1_000)), nonRetryable: nonRetryable, details: [], nextRetryDelay: delay)
            default: .application(type: SizeLimit.failureType, nonRetryable: false, details: [], nextRetryDelay: nil)
            }
        return Failure(
            kind: kind, message: "\(message.prefix(4_000)) [shortened: \(reason)]",
            stackTrace: String(stackTrace.prefix(4_000)), source: String(source.prefix(1_000)))
    }
}

extension ActivityExecutor {
    /// Reports until the server has heard, the attempt's time is over, or the activity is gone. Not cut short when the worker
    /// stops, only hurried.
    func send(
        _ outcome: ActivityOutcome, of activity: ActivityReference, workflowID: String,
        _ deadline: ContinuousClock.Instant?, _ log: AttemptLog
    ) async {
        let left = deadline.map { ContinuousClock.now.duration(to: $0) } ?? .seconds(60)
        let total = Task.isCancelled ? .seconds(5) : max(left, .seconds(10))
        let reporter = ActivityReporter(
            buildID: configuration.buildID, workflowID: workflowID,
            policy: CallPolicy(attempt: min(total, .seconds(10)), total: total))
        // A cancelled task can make no call.
        let sending = Task {
            do throws(TemporalError) {
                let report = try await encoded(outcome, log)
                try await client.send(report, of: activity, as: reporter)
            } catch {
                log(error.code == .notFound ? .debug : .warning, "the report of an activity was not accepted", error)
            }
        }
        await sending.value
    }

    /// As it is, or what can be said instead.
    private func encoded(_ outcome: ActivityOutcome, _ log: AttemptLog) async throws(TemporalError)
        -> ActivityOutcome.Encoded
    {
        let encoded: ActivityOutcome.Encoded
        do {
            encoded = try await ActivityOutcome.Encoded(outcome, client.codec)
        } catch {
            log(.error, "an activity's end cannot be encoded", error)
            let failure = Failure.application("the attempt's end cannot be encoded: \(error)", type: "PayloadError")
            return .failed(failure, lastHeartbeat: [])
        }
        do {
            try encoded.check(configuration.limits)
            return encoded
        } catch {
            log(.error, "an activity's end is too large to be reported", error)
            return try await ActivityOutcome.Encoded(outcome.shortened(because: error), client.codec)
        }
    }
}
