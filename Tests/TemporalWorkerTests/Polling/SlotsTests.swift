import Synchronization
import Temporal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SlotsTests {
    /// Reserves in a task of its own and tells when it has.
    private final class Reservation: Sendable {
        private let done = Mutex(false)
        private let task = Mutex<Task<Void, any Error>?>(nil)

        init(_ slots: Slots, isFirst: Bool) {
            let task = Task {
                try await slots.reserve(isFirst: isFirst)
                done.withLock { $0 = true }
            }
            self.task.withLock { $0 = task }
        }

        var isDone: Bool { done.withLock { $0 } }
        func cancel() { task.withLock { $0?.cancel() } }
        func value() async throws { try await task.withLock { $0 }?.value }
    }

    private func settle() async throws { try await Task.sleep(for: .milliseconds(50)) }

    @Test func otherSourcesLeaveOneSlotToTheFirst() async throws {
        let slots = Slots(3)
        try await slots.reserve(isFirst: false)
        try await slots.reserve(isFirst: false)
        let third = Reservation(slots, isFirst: false)
        try await settle()
        #expect(!third.isDone)
        try await slots.reserve(isFirst: true)
        // The first source polls: the rest is for all.
        slots.giveBack(isFirst: false)
        try await third.value()
        third.cancel()
    }

    @Test func theFirstSourceGoesBeforeOthersWhileItDoesNotPoll() async throws {
        let slots = Slots(2)
        try await slots.reserve(isFirst: true)
        try await slots.reserve(isFirst: false)
        slots.use(isFirst: true)
        slots.use(isFirst: false)
        let other = Reservation(slots, isFirst: false)
        try await settle()
        let first = Reservation(slots, isFirst: true)
        try await settle()
        slots.release()
        try await first.value()
        try await settle()
        #expect(!other.isDone)
        slots.release()
        try await other.value()
    }

    @Test func whatTheFirstSourceDoesNotNeedGoesToOthersInTurn() async throws {
        let slots = Slots(2)
        try await slots.reserve(isFirst: true)
        try await slots.reserve(isFirst: false)
        let other = Reservation(slots, isFirst: false)
        try await settle()
        let first = Reservation(slots, isFirst: true)
        try await settle()
        slots.giveBack(isFirst: false)
        try await other.value()
        #expect(!first.isDone)
        slots.giveBack(isFirst: false)
        try await first.value()
    }

    @Test func whoIsCancelledOrTooLateLeavesTheLine() async throws {
        let slots = Slots(1)
        try await slots.reserve()
        let cancelled = Reservation(slots, isFirst: true)
        let closed = Reservation(slots, isFirst: true)
        try await settle()
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value() }
        slots.close()
        await #expect(throws: CancellationError.self) { try await closed.value() }
        slots.giveBack()
        await #expect(throws: CancellationError.self) { try await slots.reserve() }
    }

    @Test func changesTellTasksOnlyAndNeverMoreThanThereAre() async throws {
        let seen = Mutex<[Slots.Counts]>([])
        let slots = Slots(4) { counts in seen.withLock { $0.append(counts) } }
        #expect(seen.withLock { $0 } == [Slots.Counts(total: 4, used: 0)])
        await withDiscardingTaskGroup { group in
            for number in 0..<40 {
                group.addTask {
                    for turn in 0..<50 {
                        guard (try? await slots.reserve(isFirst: number % 2 == 0)) != nil else { return }
                        if (number + turn) % 3 == 0 {
                            slots.giveBack(isFirst: number % 2 == 0)
                        } else {
                            slots.use(isFirst: number % 2 == 0)
                            if turn % 5 == 0 { await Task.yield() }
                            slots.release()
                        }
                    }
                    // Others count on the first source to come again.
                }
            }
        }
        #expect(slots.counts == Slots.Counts(total: 4, used: 0))
        let used = seen.withLock { $0.map(\.used) }
        #expect(used.allSatisfy { (0...4).contains($0) } && used.count > 2_000)
    }
}
