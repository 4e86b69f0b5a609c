/// Leaves a model alone that fails: counts, opens, tries one call after a pause, closes when it succeeds. A value, without a
/// clock of its own.
package struct CircuitBreaker: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// Opens after so many failures in a row.
        package var failuresInARow = 5
        /// Opens when this share of the last calls failed, of which there are `minimumCalls` at least within `window`.
        package var failureShare = 0.5
        package var minimumCalls = 20
        package var window: Duration = .seconds(60)
        /// Doubled with each probe that fails; zero: it never opens.
        package var pause: Duration = .seconds(10)
        package var longestPause: Duration = .seconds(300)

        package init() {}
    }

    private enum State {
        case closed
        /// Until then nothing is sent.
        case open(until: ContinuousClock.Instant, pause: Duration)
        /// One call is under way that decides.
        case probing(pause: Duration)
    }

    /// How a call ended, as far as it says something of the model.
    package enum Outcome: Sendable {
        case success
        case failure
        /// Cancelled, or refused for a reason that lies with the request.
        case none
    }

    private let configuration: Configuration
    private var state = State.closed
    private var inARow = 0
    /// When each of the last calls ended, and whether it failed; oldest first.
    private var calls: [(at: ContinuousClock.Instant, failed: Bool)] = []
    private static let maximumCalls = 200

    package init(_ configuration: Configuration = .init()) { self.configuration = configuration }

    package enum Admission: Sendable {
        case refused, admitted
        /// The one call that decides.
        case probe
    }

    /// Whether a call may be sent; whoever is let through tells how it ended.
    package mutating func admit(at now: ContinuousClock.Instant) -> Admission {
        switch state {
        case .closed: return .admitted
        case .probing: return .refused
        case .open(let end, let pause):
            guard now >= end else { return .refused }
            state = .probing(pause: pause)
            return .probe
        }
    }

    /// For how long nothing is sent; nil when calls are let through, or one is.
    package func pause(at now: ContinuousClock.Instant) -> Duration? {
        guard case .open(let end, _) = state, now < end else { return nil }
        return now.duration(to: end)
    }

    package var isClosed: Bool { if case .closed = state { true } else { false } }

    package mutating func ended(_ outcome: Outcome, asProbe: Bool = false, at now: ContinuousClock.Instant) {
        if case .probing(let pause) = state, asProbe {
            switch outcome {
            case .success: close()
            case .failure: open(for: min(pause * 2, configuration.longestPause), at: now)
            // Nothing was learned: the next may try at once.
            case .none: state = .open(until: now, pause: pause)
            }
            return
        }
        // Calls that were under way when it opened say nothing new.
        guard isClosed, outcome != .none, configuration.pause > .zero else { return }
        let oldest = now - configuration.window
        calls.removeAll { $0.at < oldest }
        if calls.count >= Self.maximumCalls { calls.removeFirst() }
        calls.append((now, outcome == .failure))
        inARow = outcome == .failure ? inARow + 1 : 0
        let failed = calls.count { $0.failed }
        let isBad =
            calls.count >= configuration.minimumCalls
            && Double(failed) >= configuration.failureShare * Double(calls.count)
        if outcome == .failure, isBad || inARow >= configuration.failuresInARow {
            open(for: configuration.pause, at: now)
        }
    }

    private mutating func open(for pause: Duration, at now: ContinuousClock.Instant) {
        state = .open(until: now + pause, pause: pause)
        inARow = 0
        calls = []
    }

    private mutating func close() {
        state = .closed
        inARow = 0
        calls = []
    }
}
