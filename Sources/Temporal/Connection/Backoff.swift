/// Waiting times that grow exponentially, each drawn anew between zero and its bound (full jitter), so that many
/// clients of one recovering server do not come back at the same moment.
package struct Backoff: Sendable {
    private let initial: Duration
    private let maximum: Duration
    private var attempt = 0

    package init(initial: Duration = .milliseconds(100), maximum: Duration = .seconds(5)) {
        self.initial = initial
        self.maximum = maximum
    }

    /// For a server that asks for less (`resourceExhausted`).
    package static let slow = Backoff(initial: .seconds(1), maximum: .seconds(10))

    /// The next wait; never below a tenth of its bound, so that a failing call cannot spin.
    package mutating func next() -> Duration {
        let bound = min(maximum, initial * (1 << min(attempt, 20)))
        attempt += 1
        return bound * Double.random(in: 0.1...1)
    }

    package mutating func reset() { attempt = 0 }
}

/// Sleeps; a cancelled task throws `.cancelled`.
func pause(for duration: Duration) async throws(TemporalError) {
    do {
        try await Task.sleep(for: duration)
    } catch {
        throw TemporalError(.cancelled, "The call was cancelled.", cause: error)
    }
}
