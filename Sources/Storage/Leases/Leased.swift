package import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Runs something while this process holds a lease, and waits for the lease otherwise.
///
/// 1. Takes the lease, or asks again every third of its duration.
/// 2. Runs the body and prolongs the lease beside it.
/// 3. Cancels the body when another has the lease, or when it could not be prolonged for two thirds of its duration: the
///    last third is the body's time to stop.
/// 4. Gives the lease up when it is cancelled itself, so that another process goes on at once.
///
/// After a kill -9 another takes over within the duration and a third.
package struct Leased: Sendable {
    private let name: String
    private let leases: LeaseStore
    private let duration: Duration
    private let holder: String
    private let logger: Logger

    /// - Parameter duration: a kill of the holder holds the work up for so long.
    package init(_ name: String, leases: LeaseStore, duration: Duration = .seconds(6), logger: Logger) {
        self.name = name
        self.leases = leases
        self.duration = duration
        // Process ids are used again, and are the same in every container.
        holder = "\(getpid())-\(UInt64.random(in: .min ... .max))"
        self.logger = logger
    }

    /// Returns when the task is cancelled. A body that returns or throws is run again, after a pause.
    package func run(_ body: @escaping @Sendable () async throws -> Void) async {
        while !Task.isCancelled {
            let asked = ContinuousClock.now
            do {
                if try await leases.acquire(name, holder: holder, for: duration) {
                    logger.debug("Lease taken", metadata: ["lease": "\(name)"])
                    await hold(since: asked, body)
                }
            } catch {
                if !(error is CancellationError) {
                    logger.warning("Lease not to be had", metadata: ["lease": "\(name)", "error": "\(error)"])
                }
            }
            try? await Task.sleep(for: duration / 3)
        }
    }

    /// The same for work that is done again and again, with pauses between.
    package func run(every interval: Duration, _ round: @escaping @Sendable () async throws -> Void) async {
        await run {
            while true {
                try await round()
                try await Task.sleep(for: interval)
            }
        }
    }

    private func hold(since taken: ContinuousClock.Instant, _ body: @escaping @Sendable () async throws -> Void) async {
        let surely = SurelyHeld(until: taken + duration * 2 / 3)
        // The first to return ends the others.
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await body()
                } catch {
                    guard !(error is CancellationError) else { return }
                    logger.warning(
                        "Work under a lease failed; it is tried again",
                        metadata: ["lease": "\(name)", "error": "\(error)"])
                }
            }
            group.addTask { await prolong(surely) }
            // Apart from the prolonging, whose question may hang.
            group.addTask { await surely.isOver() }
            await group.next()
            group.cancelAll()
            await group.waitForAll()
        }
        // Also when this task is cancelled.
        await Task { try? await leases.release(name, holder: holder) }.value
    }

    /// Returns when another has the lease, or the task is cancelled.
    private func prolong(_ surely: SurelyHeld) async {
        while true {
            try? await Task.sleep(for: duration / 6)
            guard !Task.isCancelled else { return }
            // Counted from before the question: the database reckons from later.
            let asked = ContinuousClock.now
            switch try? await leases.renew(name, holder: holder, for: duration) {
            case true?: surely.prolong(until: asked + duration * 2 / 3)
            case false?:
                logger.warning("Lease lost to another process", metadata: ["lease": "\(name)"])
                return
            case nil: logger.warning("Lease not prolonged", metadata: ["lease": "\(name)"])
            }
        }
    }
}

/// Until when nobody else can have the lease, the time to stop taken off.
private final class SurelyHeld: Sendable {
    private let end: Mutex<ContinuousClock.Instant>

    init(until end: ContinuousClock.Instant) { self.end = Mutex(end) }

    func prolong(until end: ContinuousClock.Instant) { self.end.withLock { $0 = max($0, end) } }

    /// Returns then, or when the task is cancelled.
    func isOver() async {
        while !Task.isCancelled {
            let end = self.end.withLock { $0 }
            guard ContinuousClock.now < end else { return }
            try? await Task.sleep(until: end)
        }
    }
}
