import Foundation
import Logging
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LeaseTests {
    @Test(arguments: Backend.allCases)
    func oneHolderAtATime(backend: Backend) async throws {
        try await backend.with { database in
            let leases = LeaseStore(database)
            #expect(try await leases.acquire("work", holder: "a", for: .seconds(60)))
            #expect(try await leases.acquire("work", holder: "a", for: .seconds(60)))
            #expect(try await !leases.acquire("work", holder: "b", for: .seconds(60)))
            #expect(try await leases.acquire("other work", holder: "b", for: .seconds(60)))
            #expect(try await leases.holder(of: "work") == "a")
            #expect(try await leases.renew("work", holder: "a", for: .seconds(60)))
            #expect(try await !leases.renew("work", holder: "b", for: .seconds(60)))
            try await leases.release("work", holder: "b")
            #expect(try await leases.holder(of: "work") == "a")
            try await leases.release("work", holder: "a")
            #expect(try await leases.holder(of: "work") == nil)
            #expect(try await leases.acquire("work", holder: "b", for: .seconds(60)))
        }
    }

    @Test(arguments: Backend.allCases)
    func leaseThatIsOverIsTakenOnceAndIsLostToTheFirst(backend: Backend) async throws {
        try await backend.with { database in
            let leases = LeaseStore(database)
            #expect(try await leases.acquire("work", holder: "dead", for: .milliseconds(50)))
            try await Task.sleep(for: .milliseconds(60))
            #expect(try await leases.holder(of: "work") == nil)
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<8 {
                    group.addTask { try await leases.acquire("work", holder: "\(number)", for: .seconds(60)) }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(winners == 1)
            #expect(try await !leases.renew("work", holder: "dead", for: .seconds(60)))
        }
    }

    @Test(arguments: Backend.allCases)
    func workRunsInOneProcessAndMovesWhenItsHolderGoes(backend: Backend) async throws {
        try await backend.with { database in
            let work = Work()
            let first = work.start("first", on: database)
            try await eventually { work.running == ["first"] }
            let second = work.start("second", on: database)
            try await Task.sleep(for: .milliseconds(300))
            #expect(work.running == ["first"])
            first.cancel()
            try await eventually { work.running == ["second"] }
            second.cancel()
            try await eventually { work.running.isEmpty }
            #expect(try await LeaseStore(database).holder(of: "work") == nil)
            #expect(work.most == 1)
        }
    }

    /// As after a kill -9: nobody gave the lease up.
    @Test(arguments: Backend.allCases)
    func leaseOfADeadHolderIsTakenOverAndAStolenOneStopsTheWork(backend: Backend) async throws {
        try await backend.with { database in
            let leases = LeaseStore(database)
            #expect(try await leases.acquire("work", holder: "dead", for: .milliseconds(400)))
            let work = Work()
            let task = work.start("heir", on: database)
            try await eventually { work.running == ["heir"] }
            try await database.write { try $0.execute("UPDATE leases SET holder = 'thief'") }
            try await eventually { work.running.isEmpty }
            task.cancel()
        }
    }

    @Test func workStopsBeforeItsLeaseIsOverWhenTheDatabaseFails() async throws {
        try await Backend.memory.with { database in
            let work = Work()
            let task = work.start("cut off", on: database)
            try await eventually { work.running == ["cut off"] }
            // Every statement on the table fails from here on.
            try await database.write { try $0.script("ALTER TABLE leases RENAME TO gone") }
            try await eventually(timeout: .seconds(5)) { work.running.isEmpty }
            task.cancel()
        }
    }

    @Test(arguments: Backend.allCases)
    func workThatFailsIsRunAgain(backend: Backend) async throws {
        try await backend.with { database in
            let count = Mutex(0)
            let task = Task {
                await Leased("work", leases: LeaseStore(database), duration: .milliseconds(300), logger: Work.quiet)
                    .run {
                        count.withLock { $0 += 1 }
                        throw StorageError(.internal, "It failed.")
                    }
            }
            try await eventually { count.withLock { $0 } >= 3 }
            task.cancel()
        }
    }
}

/// Who runs under the lease, and how many did at most.
private final class Work: Sendable {
    private let state = Mutex<(running: Set<String>, most: Int)>(([], 0))

    static let quiet = Logger(label: "leases") { _ in SwiftLogNoOpLogHandler() }

    var running: Set<String> { state.withLock { $0.running } }
    var most: Int { state.withLock { $0.most } }

    func start(_ name: String, on database: any Database) -> Task<Void, Never> {
        Task {
            await Leased("work", leases: LeaseStore(database), duration: .milliseconds(900), logger: Self.quiet).run {
                self.state.withLock {
                    $0.running.insert(name)
                    $0.most = max($0.most, $0.running.count)
                }
                defer { self.state.withLock { _ = $0.running.remove(name) } }
                try await Task.sleep(for: .seconds(60))
            }
        }
    }
}
