internal import Synchronization

/// The newest details of an attempt on their way to the server, and the reason why it is stopped.
final class Heartbeats: Sendable {
    private struct State {
        var last: [Payload]?
        var cancellation: ActivityCancellation?
        var lastSent: ContinuousClock.Instant
    }

    private let state: Mutex<State>
    private let arrivals: AsyncStream<[Payload]>
    private let arrived: AsyncStream<[Payload]>.Continuation

    init() {
        state = Mutex(State(lastSent: .now))
        (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func record(_ details: [Payload]) {
        state.withLock { $0.last = details }
        arrived.yield(details)
    }

    /// For the report of a failure, so that the next attempt finds what the throttle held back.
    var last: [Payload]? { state.withLock { $0.last } }
    var cancellation: ActivityCancellation? { state.withLock { $0.cancellation } }

    /// The first reason stays.
    func cancel(_ reason: ActivityCancellation) {
        state.withLock { $0.cancellation = $0.cancellation ?? reason }
    }

    /// Waits until the server gives the attempt up: at its deadline, or when no heartbeat was sent for too long.
    ///
    /// - Returns: false when cancelled before, or there is nothing to wait for.
    func isTimedOut(heartbeatTimeout: Duration?, _ deadline: ContinuousClock.Instant?) async -> Bool {
        while true {
            let silenceEnds = heartbeatTimeout.map { timeout in state.withLock { $0.lastSent } + timeout }
            guard let end = [deadline, silenceEnds].compactMap({ $0 }).min() else { return false }
            if end <= .now { return true }
            guard (try? await Task.sleep(until: end)) != nil else { return false }
        }
    }

    /// Sends the newest details at once, then at most once an interval, until cancelled.
    func deliver(every interval: Duration, _ send: ([Payload]) async -> Void) async {
        for await details in arrivals {
            // A call that took long is no reason to wait longer: the timeout runs from the last one that arrived.
            let now = ContinuousClock.now
            state.withLock { $0.lastSent = now }
            await send(details)
            if (try? await Task.sleep(until: now + interval)) == nil { return }
        }
    }
}
