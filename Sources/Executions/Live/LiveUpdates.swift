package import Foundation
import Logging
import ServiceLifecycle
import Storage
import Synchronization

/// The streams of this process: who watches which execution. One reader of the history an execution, however many watch.
///
/// Bounded a tenant and a process. As a service it keeps quiet streams alive, and ends all of them when the process is to
/// end, so that watchers come back to another.
package final class LiveUpdates: Service {
    fileprivate struct Key: Hashable {
        let execution: UUID
        /// Where the feed begins.
        let run: String?
    }

    private struct State {
        var feeds: [Key: LiveFeed] = [:]
        var watchers: [UUID: Int] = [:]
        var isDraining = false
    }

    package static let streamsPerTenant = 50
    package static let streamsPerProcess = 500
    /// Proxies close a connection that says nothing for a minute.
    static let keepAlive = Duration.seconds(15)

    private let executions: ExecutionService
    private let state = Mutex(State())

    package init(executions: ExecutionService) {
        self.executions = executions
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.keepAlive)
                for feed in state.withLock({ Array($0.feeds.values) }) { feed.tick() }
            }
        }
        for feed in state.withLock({ state in
            state.isDraining = true
            return Array(state.feeds.values)
        }) { feed.tick() }
    }

    var isDraining: Bool { state.withLock { $0.isDraining } }

    /// A stream of an execution's events from after `last`, or of all of its latest run.
    ///
    /// - Throws: `unknownExecution`, `tooManyStreams`.
    package func stream(of id: UUID, tenant: UUID, after last: LiveEventID?) async throws -> LiveStream {
        let row = try await executions.row(id, of: tenant)
        var last = last
        if let run = last?.run, run != row.summary.latestRunID {
            // A later run's, an earlier one's, or somebody's invention.
            let runs = try await executions.store.histories(of: id, tenant: tenant).map(\.runID)
            if !runs.contains(run), run != row.summary.temporalRunID { last = nil }
        }
        let key = Key(execution: id, run: last?.run ?? row.summary.latestRunID)
        let membership = try enter(key, tenant, after: last)
        let source = LiveSource(executions: executions, row: row, run: key.run)
        membership.feed.start { await source.tell($0) }
        return LiveStream(membership: membership, last: last, row: row)
    }

    /// A place for a stream of something else, counted with those of events for as long as the value lives.
    ///
    /// - Throws: `tooManyStreams`.
    package func place(for tenant: UUID) throws -> LivePlace {
        try state.withLock { try Self.count(tenant, &$0) }
        return LivePlace(updates: self, tenant: tenant)
    }

    private static func count(_ tenant: UUID, _ state: inout State) throws {
        let total = state.watchers.values.reduce(0, +)
        guard state.watchers[tenant, default: 0] < streamsPerTenant, total < streamsPerProcess else {
            throw ExecutionError(
                .tooManyStreams, "Too many streams",
                "At most \(streamsPerTenant) streams of a tenant are open at once. Close some, or ask later.")
        }
        state.watchers[tenant, default: 0] += 1
    }

    private static func discount(_ tenant: UUID, _ state: inout State) {
        state.watchers[tenant] = state.watchers[tenant].flatMap { $0 > 1 ? $0 - 1 : nil }
    }

    fileprivate func leave(_ tenant: UUID) { state.withLock { Self.discount(tenant, &$0) } }

    private func enter(_ key: Key, _ tenant: UUID, after last: LiveEventID?) throws -> Membership {
        try state.withLock { state in
            try Self.count(tenant, &state)
            var feed = LiveFeed()
            var position = 0
            if let shared = state.feeds[key], let place = shared.position(after: last) {
                (feed, position) = (shared, place)
            } else {
                // None, or one that has dropped what this watcher needs: those who watch it stay with it.
                state.feeds[key] = feed
            }
            return Membership(updates: self, feed: feed, position: position, key: key, tenant: tenant)
        }
    }

    private func leave(_ watcher: Int, _ feed: LiveFeed, _ key: Key, _ tenant: UUID) {
        state.withLock { state in
            Self.discount(tenant, &state)
            guard feed.leave(watcher) else { return }
            if state.feeds[key] === feed { state.feeds[key] = nil }
            feed.cancel()
        }
    }

    /// One watcher's place at a feed, given up when nobody holds it any more.
    fileprivate final class Membership: Sendable {
        let updates: LiveUpdates
        let feed: LiveFeed
        let position: Int
        let watcher: Int
        let ticks: AsyncStream<Void>
        private let key: Key
        private let tenant: UUID

        fileprivate init(updates: LiveUpdates, feed: LiveFeed, position: Int, key: Key, tenant: UUID) {
            self.updates = updates
            self.feed = feed
            self.position = position
            self.key = key
            self.tenant = tenant
            (watcher, ticks) = feed.enter()
        }

        deinit { updates.leave(watcher, feed, key, tenant) }
    }
}

/// A stream's place among those of its tenant, given up when nobody holds it any more.
package final class LivePlace: Sendable {
    private let updates: LiveUpdates
    private let tenant: UUID

    fileprivate init(updates: LiveUpdates, tenant: UUID) {
        self.updates = updates
        self.tenant = tenant
    }

    deinit { updates.leave(tenant) }
}

/// One watcher's stream; counted as open for as long as the value lives.
package struct LiveStream: Sendable {
    private let membership: LiveUpdates.Membership
    private let last: LiveEventID?
    private let row: Execution

    fileprivate init(membership: LiveUpdates.Membership, last: LiveEventID?, row: Execution) {
        self.membership = membership
        self.last = last
        self.row = row
    }

    package enum Item: Sendable {
        case events([LiveEvent])
        /// Nothing happened for a while.
        case quiet
        /// The process ends, or the watcher fell too far behind: come back with the last event's id.
        case comeBack
    }

    /// Nothing can follow what the watcher has seen: the execution has ended, and this was its end.
    package var hasSeenTheEnd: Bool {
        guard let last, !row.status.isOpen else { return false }
        return last.run == row.summary.latestRunID && last.index >= LiveTeller.endIndex
    }

    /// Gives everything to `body`, which may take its time; returns after the end, or when `body` throws.
    package func tell(_ body: (Item) async throws -> Void) async throws {
        let feed = membership.feed
        var position = membership.position
        var lastSpoke = ContinuousClock.now
        for await _ in membership.ticks {
            reading: while true {
                guard !membership.updates.isDraining else { return try await body(.comeBack) }
                switch feed.take(from: position, after: last) {
                case .events(let events, let next):
                    position = next
                    if !events.isEmpty { try await body(.events(events)) }
                    lastSpoke = .now
                case .none: break reading
                case .ended: return
                case .lost: return try await body(.comeBack)
                }
            }
            if lastSpoke.duration(to: .now) >= LiveUpdates.keepAlive * 0.6 {
                try await body(.quiet)
                lastSpoke = .now
            }
        }
    }
}
