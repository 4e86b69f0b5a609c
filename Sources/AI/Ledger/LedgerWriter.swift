import Foundation
import Logging
import Storage

/// Writes the ledger for a whole process: whatever waits goes together into one transaction, one after the other.
///
/// An actor, because its callers are everywhere and its state is a queue; the work is the database's.
actor LedgerWriter {
    /// Between two looks for room that other processes may have made.
    private static let poll: Duration = .milliseconds(25)
    private static let longestPause: Duration = .seconds(5)
    /// Just after so many at once others come within moments, and a transaction that waits for them saves theirs (as
    /// PostgreSQL's `commit_siblings` and `commit_delay` do). One caller at a time does not wait.
    private static let siblings = 4
    private static let gathering: Duration = .milliseconds(2)
    private static let justAfter: Duration = .milliseconds(20)

    private let store: LedgerStore
    private let logger: Logger
    private let notify: @Sendable (BudgetNotice) -> Void
    private var queue = LedgerQueue()
    private var isRunning = false
    private var isPolling = false
    private var failures = 0
    /// Requests that were cancelled while their transaction ran.
    private var cancelled: Set<UUID> = []
    private var inFlight: Set<UUID> = []
    /// How many went together last, and when they had.
    private var last = (count: 0, end: ContinuousClock.now)

    init(_ store: LedgerStore, logger: Logger, notify: @escaping @Sendable (BudgetNotice) -> Void) {
        self.store = store
        self.logger = logger
        self.notify = notify
    }

    /// Waits for room until `deadline`. A cancelled caller that was let through all the same gets its reservation.
    func reserve(_ reservation: Reservation, until deadline: ContinuousClock.Instant) async throws -> Reservation {
        try Task.checkCancellation()
        guard !queue.isFull(for: reservation.record.tenantID) else {
            throw StorageError(.limitExceeded, "Too many AI calls wait to be let through.")
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.add(
                    LedgerQueue.Request(
                        request: ReserveRequest(reservation: reservation), deadline: deadline,
                        continuation: continuation))
                wake()
            }
        } onCancel: {
            Task { await self.cancel(reservation) }
        }
    }

    /// Returns when it is written, or when the database is away: then it is written later.
    func settle(_ settlement: Settlement) async {
        guard !queue.isHeld else { return add(LedgerQueue.Settling(settlement: settlement, continuation: nil)) }
        await withCheckedContinuation { continuation in
            add(LedgerQueue.Settling(settlement: settlement, continuation: continuation))
            wake()
        }
    }

    /// As `settle`.
    func record(_ record: UsageRecord) async {
        guard !queue.isHeld else {
            queue.recordings.append(LedgerQueue.Recording(record: record, continuation: nil))
            return queue.letGo()
        }
        await withCheckedContinuation { continuation in
            queue.recordings.append(LedgerQueue.Recording(record: record, continuation: continuation))
            wake()
        }
    }

    /// Returns once nothing is left to be written, or after `limit`.
    func flush(within limit: Duration) async {
        let end = ContinuousClock.now + limit
        queue.isHeld = false
        wake()
        while ContinuousClock.now < end, isRunning || !queue.settlings.isEmpty || !queue.recordings.isEmpty {
            try? await Task.sleep(for: .milliseconds(5))
        }
        let left = queue.settlings.count
        if left > 0 {
            logger.error(
                "AI calls could not be settled; they will count at their maximum", metadata: ["calls": "\(left)"])
        }
    }

    private func add(_ settling: LedgerQueue.Settling) {
        queue.settlings.append(settling)
        while queue.settlings.count > LedgerQueue.maximumSettlings {
            giveUp(queue.settlings.removeFirst(), because: "too many wait for the database")
        }
    }

    private func cancel(_ reservation: Reservation) {
        if inFlight.contains(reservation.id) {
            cancelled.insert(reservation.id)
        } else {
            queue.remove(reservation.id)?.continuation.resume(throwing: CancellationError())
        }
    }

    // MARK: Transactions

    private func wake() {
        guard !isRunning, queue.hasWork else { return }
        isRunning = true
        Task { await drain() }
    }

    private func drain() async {
        while queue.hasWork {
            if last.count >= Self.siblings, last.end + Self.justAfter > .now {
                try? await Task.sleep(for: Self.gathering)
            }
            let batch = queue.take()
            guard batch.count > 0 else { continue }
            inFlight = Set(batch.requests.map(\.request.reservation.id))
            let waiting = await write(batch)
            last = (batch.count, .now)
            queue.putBack(waiting)
            inFlight = []
            // Cancelled meanwhile, and still waiting.
            for id in cancelled { queue.remove(id)?.continuation.resume(throwing: CancellationError()) }
            cancelled = []
            for request in queue.removeOverdue(at: .now) {
                request.continuation.resume(throwing: LedgerRefusal.limit(name: "queue", retryAfter: nil))
            }
        }
        isRunning = false
        if !queue.requests.isEmpty { tryAgain(after: Self.poll) }
    }

    /// One transaction. Returns the requests that go on waiting.
    private func write(_ batch: LedgerQueue.Batch) async -> [LedgerQueue.Request] {
        do {
            let report = try await store.apply(batch.storage)
            failures = 0
            queue.isHeld = false
            return finish(batch, report)
        } catch let error as StorageError where error.isPassing {
            return postpone(batch, error)
        } catch {
            guard batch.count > 1 else { return refuse(batch, error) }
            // One that cannot be written must not take others with it.
            var waiting: [LedgerQueue.Request] = []
            for single in batch.singles { waiting += await write(single) }
            return waiting
        }
    }

    private func finish(_ batch: LedgerQueue.Batch, _ report: LedgerReport) -> [LedgerQueue.Request] {
        report.notices.forEach(notify)
        for settling in batch.settlings { settling.continuation?.resume() }
        for recording in batch.recordings { recording.continuation?.resume() }
        let now = ContinuousClock.now
        var waiting: [LedgerQueue.Request] = []
        for (request, decision) in zip(batch.requests, report.decisions) {
            switch decision {
            case .reserved(let reservation): request.continuation.resume(returning: reservation)
            case .refused(let refusal): request.continuation.resume(throwing: refusal)
            case .waits(let refusal):
                if cancelled.contains(request.request.reservation.id) {
                    request.continuation.resume(throwing: CancellationError())
                } else if now >= request.deadline {
                    request.continuation.resume(throwing: refusal)
                } else {
                    waiting.append(request)
                }
            }
        }
        return waiting
    }

    /// The database is away: what is paid for is kept until it is back, what is not is not let through.
    private func postpone(_ batch: LedgerQueue.Batch, _ error: StorageError) -> [LedgerQueue.Request] {
        failures += 1
        queue.isHeld = true
        for var settling in batch.settlings.reversed() {
            settling.continuation?.resume()
            settling.continuation = nil
            queue.settlings.insert(settling, at: 0)
        }
        for var recording in batch.recordings.reversed() {
            recording.continuation?.resume()
            recording.continuation = nil
            if queue.recordings.count < LedgerQueue.maximumSettlings { queue.recordings.insert(recording, at: 0) }
        }
        queue.letGo()
        let now = ContinuousClock.now
        var waiting: [LedgerQueue.Request] = []
        for var request in batch.requests {
            if error.code == .outcomeUnknown { request.request.isRepeat = true }
            let isCancelled = cancelled.contains(request.request.reservation.id)
            if error.code == .outcomeUnknown, now < request.deadline, !isCancelled {
                waiting.append(request)
                queue.isUndecided = failures < 3
            } else {
                if request.request.isRepeat { release(request.request.reservation) }
                request.continuation.resume(throwing: isCancelled ? CancellationError() : error)
            }
        }
        let pause = min(Self.longestPause, .milliseconds(100) * (1 << min(failures, 6)))
        logger.warning(
            "The AI ledger cannot be written; trying again",
            metadata: ["settlements": "\(queue.settlings.count)", "in": "\(pause)", "error": .string("\(error)")])
        tryAgain(after: pause)
        return waiting
    }

    private func refuse(_ batch: LedgerQueue.Batch, _ error: any Error) -> [LedgerQueue.Request] {
        for request in batch.requests { request.continuation.resume(throwing: error) }
        for var settling in batch.settlings {
            // The money matters more than the answer, which may hold what no database takes.
            if settling.settlement.answer != nil {
                settling.settlement.answer = nil
                add(settling)
            } else {
                giveUp(settling, because: "\(error)")
            }
        }
        for recording in batch.recordings {
            recording.continuation?.resume()
            logger.error(
                "A row of the AI ledger cannot be written",
                metadata: ["activity": "\(recording.record.activityID)", "error": "\(error)"])
        }
        return []
    }

    /// Of a call that was let through for nobody.
    private func release(_ reservation: Reservation) {
        let outcome = CallOutcome(tokens: TokenUsage.none, microdollars: 0, latency: .zero, errorCode: "unavailable")
        add(
            LedgerQueue.Settling(
                settlement: Settlement(reservation: reservation, record: outcome.record(of: reservation))))
    }

    private func giveUp(_ settling: LedgerQueue.Settling, because reason: String) {
        settling.continuation?.resume()
        let record = settling.settlement.record
        logger.error(
            "An AI call cannot be settled; it will count at its maximum",
            metadata: [
                "call": "\(record.id.text)", "tenant": "\(record.tenantID.text)",
                "microdollars": "\(record.costMicrodollars)", "error": "\(reason)",
            ])
    }

    private func tryAgain(after pause: Duration) {
        guard !isPolling else { return }
        isPolling = true
        // What nobody holds any more stops: its reservations expire.
        Task { [weak self] in
            try? await Task.sleep(for: pause)
            await self?.lookAgain()
        }
    }

    private func lookAgain() {
        isPolling = false
        queue.isHeld = false
        queue.isUndecided = !queue.requests.isEmpty
        wake()
    }
}
