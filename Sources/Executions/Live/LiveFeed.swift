import Synchronization

/// What the watchers of one execution share: the events so far, and who waits for more. Watchers pull, so a slow one holds
/// up nobody and nothing is buffered for it.
///
/// A `Mutex`, because one task appends and any number reads.
final class LiveFeed: Sendable {
    enum Answer: Sendable {
        case events([LiveEvent], next: Int)
        /// Nothing new.
        case none
        /// Everything was told.
        case ended
        /// The events that come next are not kept any more.
        case lost
    }

    private struct State {
        var events: [LiveEvent] = []
        /// Position of `events.first`; earlier ones were dropped.
        var first = 0
        var bytes = 0
        var hasEnded = false
        var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextID = 0
        var producer: Task<Void, Never>?
    }

    /// Of the text of one feed's events.
    private static let byteLimit = 512 << 10
    private static let batchLimit = 100
    private let state = Mutex(State())

    // MARK: The producer

    func start(_ produce: @escaping @Sendable (LiveFeed) async -> Void) {
        state.withLock { state in
            guard state.producer == nil, !state.hasEnded else { return }
            state.producer = Task { [weak self] in
                guard let self else { return }
                await produce(self)
                end()
            }
        }
    }

    func append(_ events: [LiveEvent]) {
        guard !events.isEmpty else { return }
        state.withLock { state in
            state.events += events
            state.bytes += events.reduce(0) { $0 + $1.bytes }
            guard state.bytes > Self.byteLimit else { return }
            var dropped = 0
            while state.bytes > Self.byteLimit / 2, dropped < state.events.count {
                state.bytes -= state.events[dropped].bytes
                dropped += 1
            }
            state.events.removeFirst(dropped)
            state.first += dropped
        }
        tick()
    }

    private func end() {
        state.withLock { $0.hasEnded = true }
        tick()
    }

    func cancel() { state.withLock { $0.producer }?.cancel() }

    // MARK: The watchers

    /// The position after `id`, or the beginning without one; nil where the feed cannot tell any more what came next.
    func position(after id: LiveEventID?) -> Int? {
        state.withLock { state in
            guard let id else { return state.first == 0 ? 0 : nil }
            let index = state.events.lastIndex { event in
                guard let other = event.id else { return true }
                return other.run == id.run && !other.isAfter(id)
            }
            if let index { return state.first + index + 1 }
            return state.first == 0 ? 0 : nil
        }
    }

    /// Events from a position on, without those that a watcher who had seen `id` has had.
    func take(from position: Int, after id: LiveEventID?) -> Answer {
        state.withLock { state in
            guard position >= state.first else { return .lost }
            let rest = state.events.dropFirst(position - state.first)
            guard !rest.isEmpty else { return state.hasEnded ? .ended : .none }
            let batch = rest.prefix(Self.batchLimit)
            let fresh = batch.filter { event in
                guard let id, let other = event.id, other.run == id.run else { return true }
                return other.isAfter(id)
            }
            return .events(Array(fresh), next: position + batch.count)
        }
    }

    /// Ticks whenever there may be more, and once at the beginning.
    func enter() -> (id: Int, ticks: AsyncStream<Void>) {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        continuation.yield()
        let id = state.withLock { state in
            state.nextID += 1
            state.watchers[state.nextID] = continuation
            return state.nextID
        }
        return (id, stream)
    }

    /// Whether nobody watches any more.
    func leave(_ id: Int) -> Bool {
        state.withLock { state in
            state.watchers.removeValue(forKey: id)?.finish()
            return state.watchers.isEmpty
        }
    }

    func tick() {
        for watcher in state.withLock({ Array($0.watchers.values) }) { watcher.yield() }
    }
}
