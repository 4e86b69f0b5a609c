import Foundation
package import Logging
import Observability
import ServiceLifecycle
package import Storage
import Temporal
package import Worker

/// Repairs what a crash, a cut or somebody at Temporal left between the database and Temporal: starts promised rows, closes
/// ended ones, follows resets, says so where Temporal has lost one.
///
/// A round costs in proportion to what happened since the one before, not to how many executions are open:
/// 1. pending rows are started, or begun when their time has come;
/// 2. Temporal is asked which runs closed and which began lately; rows that say otherwise are compared;
/// 3. rows are compared at certain ages, doubling from 15 seconds, and once an hour after that: what the lists of step 2,
///    which lag and may lose, do not tell.
///
/// One process does it at a time, but several may: every step is idempotent.
package struct Reconciler: Service {
    let executions: ExecutionService
    let closer: ExecutionCloser
    let interval: Duration
    let logger: Logger
    private let lease: Leased

    /// - Parameter interval: between two rounds; rows younger than that are left to those who work on them.
    package init(
        executions: ExecutionService, closer: ExecutionCloser, leases: LeaseStore, interval: Duration = .seconds(5),
        logger: Logger
    ) {
        self.executions = executions
        self.closer = closer
        self.interval = interval
        self.logger = logger
        lease = Leased("reconciler", leases: leases, logger: logger)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await lease.run {
                var course = ReconcilerCourse()
                while !Task.isCancelled {
                    do {
                        try await round(&course)
                    } catch {
                        if error is CancellationError { throw error }
                        logger.warning("Reconciling failed; it is tried again", metadata: ["error": "\(error)"])
                    }
                    try await Task.sleep(for: interval)
                }
            }
        }
    }

    func round(_ course: inout ReconcilerCourse, now: Date = Date()) async throws {
        let before = now.addingTimeInterval(-(interval / .seconds(1)))
        try await startPending(before: before)
        try await compareListed(since: course.listedSince, now: now)
        course.listed(until: now)
        try await compareAged(&course, now: now)
    }

    /// Works on rows at once, a few at a time; one that cannot be repaired now, also because Temporal itself fails at it, does
    /// not hold up the others.
    func each(_ rows: [ExecutionSummary], _ work: @escaping @Sendable (ExecutionSummary) async throws -> Void)
        async throws
    {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, row) in rows.enumerated() {
                if index >= Self.atOnce { try await group.next() }
                group.addTask {
                    try await Correlation.with {
                        $0.takeOn(row)
                    } _: {
                        do {
                            try await work(row)
                        } catch let error as TemporalError
                            where error.code == .unavailable || error.code == .deadlineExceeded
                        {
                            // Temporal is away: the next round does it.
                            throw error
                        } catch {
                            if error is CancellationError { throw error }
                            logger.warning("An execution cannot be reconciled", metadata: ["error": "\(error)"])
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static let atOnce = 8
    private static let page = 200

    /// All of them, since each was promised to begin.
    private func startPending(before: Date) async throws {
        var last: ExecutionSummary?
        repeat {
            let rows = try await executions.store.pending(before: before, after: last, limit: Self.page)
            last = rows.count == Self.page ? rows.last : nil
            try await each(rows.filter { $0.latestRunID == nil || $0.status != .pending }) { row in
                if let run = row.latestRunID { return try await executions.store.markStarted(row.id, runID: run) }
                guard let whole = try await executions.store.get(row.id), whole.status == .pending else { return }
                logger.info("Starting a promised execution")
                try await executions.startPending(whole)
            }
        } while last != nil
    }

    private func compareAged(_ course: inout ReconcilerCourse, now: Date) async throws {
        for window in course.windows(until: now) {
            let rows = try await executions.store.open(from: window.start, before: window.end, limit: 2 * Self.page)
            try await each(rows) { try await compare($0) }
        }
        guard course.sweeps(at: now) else { return }
        let rows = try await executions.store.open(
            before: now.addingTimeInterval(-(interval / .seconds(1))), after: course.sweepPosition, limit: Self.page)
        try await each(rows) { try await compare($0) }
        course.swept(rows.count == Self.page ? rows.last : nil)
    }
}

/// How far the rounds of one process are.
struct ReconcilerCourse: Sendable {
    /// What was seen of Temporal's lists ends here, some seconds off: they lag.
    private(set) var listedSince: Date?
    private var agedUntil: Date?
    private(set) var sweepPosition: ExecutionSummary?
    private var sweepBegan: Date?
    private var isSweeping = false

    private static let firstAge = 15.0
    private static let lastAge = 3600.0
    private static let lag = 15.0

    mutating func listed(until now: Date) { listedSince = now.addingTimeInterval(-Self.lag) }

    /// The rows that have come of one of the ages since the last round were accepted within these.
    mutating func windows(until now: Date) -> [DateInterval] {
        // At most what a lease takes to change hands, so that a pause of the process costs no flood.
        let since = max(agedUntil ?? now, now.addingTimeInterval(-30))
        agedUntil = now
        var windows: [DateInterval] = []
        var age = Self.firstAge
        while age < Self.lastAge {
            windows.append(
                DateInterval(start: since.addingTimeInterval(-age), end: now.addingTimeInterval(-age)))
            age *= 2
        }
        return windows
    }

    /// All open rows are looked at when the process takes over, and then once an hour.
    mutating func sweeps(at now: Date) -> Bool {
        if isSweeping { return true }
        guard sweepBegan.map({ now.timeIntervalSince($0) >= Self.lastAge }) ?? true else { return false }
        (isSweeping, sweepBegan, sweepPosition) = (true, now, nil)
        return true
    }

    /// - Parameter last: where to go on; nil at the end.
    mutating func swept(_ last: ExecutionSummary?) {
        sweepPosition = last
        isSweeping = last != nil
    }
}
