internal import Synchronization

/// The newest details of an attempt on their way to the server, and the reason why it is stopped.
final class Heartbeats: Sendable {
    private struct State {
        var last: [Payload]?
        var cancellation: ActivityCancellation?
    }

    private let state = Mutex(State())
    private let arrivals: AsyncStream<[Payload]>
    private let arrived: AsyncStream<[Payload]>.Continuation

    init() {
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

    /// Sends the newest details at once, then at most once an interval, until cancelled.
    func deliver(every interval: Duration, _ send: ([Payload]) async -> Void) async {
        for await details in arrivals {
            await send(details)
            if (try? await Task.sleep(for: interval)) == nil { return }
        }
    }
}
