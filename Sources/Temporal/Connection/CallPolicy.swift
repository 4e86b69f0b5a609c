/// How long a call may take and how long it is retried.
package struct CallPolicy: Sendable {
    /// The deadline of one attempt; every call has one, since Temporal refuses polls without.
    package var attempt: Duration
    /// Retries end here, counted from the first attempt. Less than `attempt`: no retry.
    package var total: Duration

    package init(attempt: Duration, total: Duration) {
        self.attempt = attempt
        self.total = total
    }

    package static let standard = CallPolicy(attempt: .seconds(10), total: .seconds(30))
    /// One attempt: the server holds a poll for 60 s, and who polls has a loop of its own.
    package static let poll: CallPolicy = {
        var policy = CallPolicy(attempt: .seconds(70), total: .zero)
        policy.isPoll = true
        return policy
    }()

    /// Counted apart: it is meant to take long.
    private(set) var isPoll = false
}
