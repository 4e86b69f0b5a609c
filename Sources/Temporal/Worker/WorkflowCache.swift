internal import Metrics
internal import Synchronization

/// Runs kept between their tasks, so that a task needs only what happened since the one before.
///
/// Bounded by count and by bytes; the least recently used leaves first. A run is handed out while a task of it is worked on,
/// and nothing here holds it meanwhile: with a second live copy each step of the machine would copy its state. A second task
/// of the same run waits until the first is over: often the server has accepted the answer, and only its reply is under way.
/// Where that takes long the second works without the cache: a run whose answers get stuck must not fill all slots.
package final class WorkflowCache<Machine: WorkflowMachine>: Sendable {
    package typealias Run = WorkflowRun<Machine>

    fileprivate struct Entry {
        var run: Run
        var bytes: Int
        var turn: UInt64
    }

    fileprivate struct Waiter {
        var ticket: UInt64
        /// false: the wait was too long.
        var continuation: CheckedContinuation<Bool, Never>
    }

    fileprivate struct State {
        var entries: [String: Entry] = [:]
        var bytes = 0
        /// In order of use. A run is used by leaving and coming back, so that the places of those who left are void.
        var uses: [(runID: String, turn: UInt64)] = []
        var firstUse = 0
        var lastTurn: UInt64 = 0
        /// The runs handed out, and who waits for them.
        var waiters: [String: [Waiter]] = [:]
    }

    private let patience: Duration
    private let runs: Int
    private let bytes: Int
    private let metrics: StickyCacheMetrics
    private let state = Mutex(State())

    /// - Parameters:
    ///   - runs: 0: keeps none.
    ///   - bytes: of all runs kept, by their `footprint`; a run that is larger is not kept.
    ///   - patience: how long a task waits for another of its run.
    package init(runs: Int, bytes: Int, patience: Duration = .seconds(5), metrics: StickyCacheMetrics) {
        self.patience = patience
        self.runs = runs
        self.bytes = bytes
        self.metrics = metrics
    }

    package var count: Int { state.withLock { $0.entries.count } }

    /// Calls `body` with the run, nil when it is not here; what `body` leaves in its place is kept. A throw evicts it.
    package func withRun<Result>(
        _ runID: String, _ body: (inout Run?) async throws -> Result
    ) async throws -> Result {
        guard await waitForTurn(runID) else {
            var none: Run?
            return try await body(&none)
        }
        var run = takeOut(runID)
        let wasHere = run != nil
        do {
            let result = try await body(&run)
            putBack(runID, run)
            return result
        } catch {
            if wasHere { metrics.forcedEviction.increment() }
            putBack(runID, nil)
            throw error
        }
    }

    package func removeAll() {
        let removed = state.withLock { $0.removeAll() }
        metrics.size.record(count)
        withExtendedLifetime(removed) {}
    }

    /// false: the run is still in use.
    private func waitForTurn(_ runID: String) async -> Bool {
        if state.withLock({ $0.begin(runID) }) { return true }
        return await withTaskGroup { group in
            let ticket = state.withLock { $0.nextTicket() }
            group.addTask {
                guard (try? await Task.sleep(for: self.patience)) != nil else { return }
                self.state.withLock { $0.leave(runID, ticket) }?.resume(returning: false)
            }
            let isMine = await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    if state.begin(runID) { return true }
                    state.waiters[runID]?.append(Waiter(ticket: ticket, continuation: continuation))
                    return false
                }
                if isFree { continuation.resume(returning: true) }
            }
            group.cancelAll()
            return isMine
        }
    }

    private func takeOut(_ runID: String) -> Run? {
        state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: runID) else { return nil }
            state.bytes -= entry.bytes
            return entry.run
        }
    }

    private func putBack(_ runID: String, _ run: consuming Run?) {
        var entry = run.map { Entry(run: $0, bytes: $0.footprint, turn: 0) }
        // What leaves is freed outside of the lock.
        let (evicted, count, next) = state.withLock { state in
            var evicted: [Entry] = []
            if let kept = entry.take(), runs > 0 {
                state.keep(kept, runID)
                while state.entries.count > runs || state.bytes > bytes, let oldest = state.removeOldest() {
                    evicted.append(oldest)
                }
            }
            return (evicted, state.entries.count, state.end(runID))
        }
        next?.resume(returning: true)
        metrics.size.record(count)
        metrics.forcedEviction.increment(by: evicted.count)
    }
}

extension WorkflowCache.State {
    fileprivate mutating func nextTicket() -> UInt64 {
        lastTurn += 1
        return lastTurn
    }

    /// Hands a run out; false: somebody has it.
    fileprivate mutating func begin(_ runID: String) -> Bool {
        if waiters[runID] != nil { return false }
        waiters[runID] = []
        return true
    }

    /// Who has the run next.
    fileprivate mutating func end(_ runID: String) -> CheckedContinuation<Bool, Never>? {
        guard let waiting = waiters[runID], !waiting.isEmpty else {
            waiters[runID] = nil
            return nil
        }
        return waiters[runID]?.removeFirst().continuation
    }

    fileprivate mutating func leave(_ runID: String, _ ticket: UInt64) -> CheckedContinuation<Bool, Never>? {
        guard let index = waiters[runID]?.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return waiters[runID]?.remove(at: index).continuation
    }

    fileprivate mutating func keep(_ entry: consuming WorkflowCache.Entry, _ runID: String) {
        entry.turn = nextTicket()
        bytes += entry.bytes
        uses.append((runID, entry.turn))
        entries[runID] = entry
        guard uses.count > 2 * entries.count + 32 else { return }
        uses.removeAll { entries[$0.runID]?.turn != $0.turn }
        firstUse = 0
    }

    fileprivate mutating func removeOldest() -> WorkflowCache.Entry? {
        while firstUse < uses.count {
            let (runID, turn) = uses[firstUse]
            firstUse += 1
            guard entries[runID]?.turn == turn, let entry = entries.removeValue(forKey: runID) else { continue }
            bytes -= entry.bytes
            return entry
        }
        return nil
    }

    fileprivate mutating func removeAll() -> [String: WorkflowCache.Entry] {
        defer { (entries, bytes, uses, firstUse) = ([:], 0, [], 0) }
        return entries
    }
}
