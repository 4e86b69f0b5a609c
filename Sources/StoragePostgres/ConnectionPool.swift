import Dispatch
import Logging
import Storage
import Synchronization

/// At most so many sessions, given to one caller at a time; the one used last is given first.
///
/// While the server is away nobody waits for it: one probe tries to connect, with growing pauses, and everybody else
/// is refused at once. Callers run on their session's queue, never on the cooperative pool.
final class ConnectionPool: Sendable {
    let configuration: PostgresConfiguration
    private let logger: Logger
    private let metrics: PoolMetrics
    private let state = Mutex(State())

    struct State {
        var idle: [Session] = []
        /// Idle, in use, or about to be connected.
        var open = 0
        /// In the order of their numbers.
        var waiting: [(number: Int, waiter: Waiter)] = []
        var nextNumber = 0
        /// Why everybody is refused.
        var outage: StorageError?
        var isProbing = false
        /// When the last probe found the server well.
        var lastProbe: ContinuousClock.Instant?
        var isClosed = false
    }

    typealias Waiter = CheckedContinuation<Grant, any Error>

    /// What a caller may use: a session, or a place to connect one.
    enum Grant: Sendable {
        case session(Session)
        case place
    }

    /// More callers than this do not wait: they are told that the database is busy.
    private static let maximumWaiting = 2000

    init(_ configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        metrics = PoolMetrics()
    }

    deinit { close() }

    /// Runs `body` with a session, on the session's thread.
    func with<Result: Sendable>(
        _ interrupt: Interrupt, _ body: @escaping @Sendable (Session) throws -> Result
    ) async throws -> Result {
        let grant = try await acquire(interrupt)
        let queue =
            switch grant {
            case .session(let session): session.queue
            case .place: DispatchQueue(label: "storage.postgresql.session")
            }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async {
                let session: Session
                do {
                    session = try self.session(grant, queue, interrupt)
                } catch {
                    self.giveUpPlace(error)
                    continuation.resume(throwing: error)
                    return
                }
                session.interrupt = interrupt
                let result = Swift.Result { try body(session) }
                session.interrupt = nil
                self.release(session)
                continuation.resume(with: result)
            }
        }
    }

    /// How many sessions there are, for metrics and health.
    var counts: (inUse: Int, idle: Int, waiting: Int) {
        state.withLock { ($0.open - $0.idle.count, $0.idle.count, $0.waiting.count) }
    }

    /// Refuses everybody from now on; sessions in use are closed when they come back.
    func close() {
        let (idle, waiting) = state.withLock { state in
            state.isClosed = true
            state.open -= state.idle.count
            defer { (state.idle, state.waiting) = ([], []) }
            return (state.idle, state.waiting)
        }
        for (_, waiter) in waiting { waiter.resume(throwing: Self.closed) }
        withExtendedLifetime(idle) {}
    }

    private static let closed = StorageError(.unavailable, "The database is closed.")

    // MARK: Taking

    private func acquire(_ interrupt: Interrupt) async throws -> Grant {
        enum Decision {
            case grant(Grant)
            case refuse(StorageError)
            case wait
        }
        let decision = state.withLock { state -> Decision in
            if state.isClosed { return .refuse(Self.closed) }
            if let outage = state.outage { return .refuse(outage) }
            if let session = state.idle.popLast() { return .grant(.session(session)) }
            if state.open < configuration.maximumConnections {
                state.open += 1
                return .grant(.place)
            }
            return state.waiting.count < Self.maximumWaiting ? .wait : .refuse(Self.exhausted)
        }
        switch decision {
        case .grant(let grant):
            metrics.record(counts)
            return grant
        case .refuse(let error): throw error
        case .wait: return try await wait(interrupt)
        }
    }

    private func wait(_ interrupt: Interrupt) async throws -> Grant {
        metrics.waited()
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        defer { interrupt.whenFired(nil) }
        return try await withCheckedThrowingContinuation { (waiter: Waiter) in
            // What was free before may be taken, and what was taken may be free: looked at again with the lock held.
            let grant = state.withLock { state -> Result<Grant, any Error>? in
                if state.isClosed { return .failure(Self.closed) }
                if let outage = state.outage { return .failure(outage) }
                if let session = state.idle.popLast() { return .success(.session(session)) }
                if state.open < configuration.maximumConnections {
                    state.open += 1
                    return .success(.place)
                }
                state.waiting.append((number, waiter))
                return nil
            }
            if let grant { return waiter.resume(with: grant) }
            interrupt.whenFired { [weak self] in self?.endWait(number, CancellationError()) }
            Self.clock.asyncAfter(deadline: .now() + .milliseconds(Int(configuration.acquireTimeout.milliseconds))) {
                [weak self] in self?.endWait(number, Self.exhausted)
            }
        }
    }

    private static let clock = DispatchQueue(label: "storage.postgresql.clock")
    private static let exhausted = StorageError(.busy, "Every connection to the database is in use. Try again.")

    private func endWait(_ number: Int, _ error: any Error) {
        let waiter = state.withLock { state in
            state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0).waiter }
        }
        waiter?.resume(throwing: error)
    }

    /// Blocks, on the session's queue.
    private func session(_ grant: Grant, _ queue: DispatchQueue, _ interrupt: Interrupt) throws -> Session {
        if case .session(let session) = grant, session.isAlive { return session }
        return try Session.connected(
            configuration, queue: queue, timeout: configuration.connectTimeout, interrupt: interrupt,
            isAway: { [weak self] in self?.isAway() ?? true }
        )
    }

    // MARK: Giving back

    private func release(_ session: Session) {
        session.usedAt = .now
        let isOld = session.usedAt - session.openedAt > configuration.maximumLifetime
        let (waiter, grant, stale) = state.withLock { state -> (Waiter?, Grant, [Session]) in
            let keep = !session.isBroken && !isOld && !state.isClosed && state.outage == nil
            if !keep { state.open -= 1 }
            guard !state.waiting.isEmpty, keep || state.open < configuration.maximumConnections else {
                if keep { state.idle.append(session) }
                return (nil, .place, keep ? Self.prune(&state) : [])
            }
            if !keep { state.open += 1 }
            return (state.waiting.removeFirst().waiter, keep ? .session(session) : .place, [])
        }
        waiter?.resume(returning: grant)
        metrics.record(counts)
        withExtendedLifetime(stale) {}
    }

    /// What nobody has needed for five minutes.
    private static func prune(_ state: inout State) -> [Session] {
        guard let oldest = state.idle.first, ContinuousClock.now - oldest.usedAt > .seconds(300) else { return [] }
        state.open -= 1
        return [state.idle.removeFirst()]
    }

    /// A session could not be connected.
    private func giveUpPlace(_ error: any Error) {
        if let error = error as? StorageError, error.code != .busy { doubt(error) }
        let waiter = state.withLock { state -> Waiter? in
            state.open -= 1
            guard !state.waiting.isEmpty else { return nil }
            state.open += 1
            return state.waiting.removeFirst().waiter
        }
        waiter?.resume(returning: .place)
    }

    // MARK: Outage

    /// After a connection that failed: an outage where no session works. One may fail alone, of a name that does not resolve
    /// for a moment or an address that is being changed, and those that stand go on.
    private func doubt(_ error: StorageError) {
        switch idleAnswers() {
        case true?: return
        case false?: beginOutage(error)
        case nil:
            // Others are in use, or being connected: a probe tells.
            if state.withLock({ $0.open - $0.idle.count > 1 }) { probeNow() } else { beginOutage(error) }
        }
    }

    /// Whether a session that nobody uses works; nil where there is none. Blocks.
    private func idleAnswers() -> Bool? {
        guard let session = state.withLock({ $0.idle.popLast() }) else { return nil }
        defer { release(session) }
        return session.answers
    }

    /// Called by sessions whose server is silent: whether it is known to be away. Asks it, at most every three seconds.
    private func isAway() -> Bool {
        let (isAway, isDue) = state.withLock { state in
            (
                state.outage != nil || state.isClosed,
                state.lastProbe.map { ContinuousClock.now - $0 >= .seconds(3) } ?? true
            )
        }
        if !isAway, isDue { probeNow() }
        return isAway
    }

    private func probeNow() {
        let probes = state.withLock { state in
            guard !state.isProbing, !state.isClosed else { return false }
            state.isProbing = true
            return true
        }
        if probes { probe(after: .zero) }
    }

    private func beginOutage(_ error: StorageError) {
        let (isNew, probes, idle, waiting) = state.withLock { state in
            let isNew = state.outage == nil
            state.outage = error
            let probes = !state.isProbing && !state.isClosed
            if probes { state.isProbing = true }
            state.open -= state.idle.count
            defer { (state.idle, state.waiting) = ([], []) }
            return (isNew, probes, state.idle, state.waiting)
        }
        for (_, waiter) in waiting { waiter.resume(throwing: error) }
        withExtendedLifetime(idle) {}
        if isNew {
            logger.error(
                "The database is away",
                metadata: ["database": "\(configuration.description)", "error": "\(error.debugDescription)"])
        }
        if probes { probe(after: .milliseconds(100)) }
    }

    private func probe(after pause: Duration) {
        let queue = DispatchQueue(label: "storage.postgresql.session")
        let configuration = configuration
        let timeout = Duration.seconds(2) * configuration.places.count
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(pause.milliseconds))) { [weak self] in
            guard self?.state.withLock(\.isClosed) == false else { return }
            self?.probed(Result { try Session.connected(configuration, queue: queue, timeout: timeout) }, after: pause)
        }
    }

    private func probed(_ result: Result<Session, any Error>, after pause: Duration) {
        switch result {
        case .failure(let error as StorageError) where error.code != .busy && idleAnswers() != true:
            beginOutage(error)
            probe(after: min(max(pause * 2, .milliseconds(100)), .seconds(1)))
        case .success, .failure:
            // A server that is full is there, and so is one that answers on a session that stands.
            let ended = state.withLock { state in
                state.isProbing = false
                state.lastProbe = .now
                defer { state.outage = nil }
                return state.outage != nil
            }
            if ended {
                logger.notice("The database is back", metadata: ["database": "\(configuration.description)"])
            }
        }
    }
}
