import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CacheTests {
    private final class Source: Sendable {
        private let count = Mutex(0)
        var loads: Int { count.withLock { $0 } }

        func load(_ value: String?) -> String? {
            count.withLock { $0 += 1 }
            return value
        }
    }

    @Test func valueIsLoadedOnceAndAgainWhenItIsOld() async throws {
        let cache = Cache<String, String>("t", limits: .init(age: .milliseconds(300)))
        let source = Source()
        for _ in 0..<3 {
            let value = try await cache.value("a") { source.load("1") }
            #expect(value == "1")
        }
        #expect(source.loads == 1)
        try await Task.sleep(for: .milliseconds(350))
        let again = try await cache.value("a") { source.load("2") }
        #expect(again == "2")
        #expect(cache.statistics.hits == 2 && cache.statistics.misses == 2)
    }

    @Test func stampedeLoadsOnce() async throws {
        let cache = Cache<String, String>("t")
        let source = Source()
        try await withThrowingTaskGroup { group in
            for _ in 0..<500 {
                group.addTask {
                    let value = try await cache.value("a") {
                        try await Task.sleep(for: .milliseconds(100))
                        return source.load("1")
                    }
                    #expect(value == "1")
                }
            }
            try await group.waitForAll()
        }
        #expect(source.loads == 1)
    }

    @Test func nothingAndFailuresAreNotKept() async throws {
        struct Failed: Error {}
        let cache = Cache<String, String>("t")
        let source = Source()
        for _ in 0..<2 {
            let value = try await cache.value("a") { source.load(nil) }
            #expect(value == nil)
        }
        #expect(source.loads == 2)
        await #expect(throws: Failed.self) { _ = try await cache.value("a") { throw Failed() } }
        let value = try await cache.value("a") { "1" }
        #expect(value == "1")
    }

    @Test func theOneUsedLongestAgoMakesRoom() async throws {
        let cache = Cache<Int, String>("t", limits: .init(entries: 3, bytes: 10), size: { $0.utf8.count })
        for key in 1...3 { _ = try await cache.value(key) { "x" } }
        _ = try await cache.value(1) { nil }
        _ = try await cache.value(4) { "x" }
        let source = Source()
        for key in [1, 3, 4] { _ = try await cache.value(key) { source.load("y") } }
        #expect(source.loads == 0)
        _ = try await cache.value(2) { source.load("123456789") }
        #expect(cache.statistics.bytes <= 10)
        #expect(cache.statistics.evictions >= 2)
        _ = try await cache.value(9) { "longer than all" }
        #expect(cache.statistics.entries <= 3 && cache.statistics.bytes <= 10)
    }

    /// What is kept is what a list in the order of use would keep.
    @Test func anySequenceOfUsesKeepsWhatAListWouldKeep() {
        var random = SystemRandomNumberGenerator()
        let cache = Cache<Int, Int>("t", limits: .init(entries: 16, age: .seconds(600)))
        var list: [Int] = []
        for step in 0..<20_000 {
            let key = Int.random(in: 0..<40, using: &random)
            switch Int.random(in: 0..<100, using: &random) {
            case 0:
                cache.removeAll { $0 % 7 == key % 7 }
                list.removeAll { $0 % 7 == key % 7 }
            case 1...50:
                cache.keep(step, for: key)
                list.removeAll { $0 == key }
                list.append(key)
                if list.count > 16 { list.removeFirst() }
            default:
                let isThere = list.contains(key)
                guard (cache.kept(key) != nil) == isThere, cache.statistics.entries == list.count else {
                    Issue.record("step \(step): \(key) should \(isThere ? "" : "not ")be in \(list)")
                    return
                }
                if isThere {
                    list.removeAll { $0 == key }
                    list.append(key)
                }
            }
        }
    }

    @Test func loadThatAChangeOvertookIsNotKept() async throws {
        let cache = Cache<String, String>("t")
        let (loading, begun) = AsyncStream.makeStream(of: Void.self)
        let (changed, change) = AsyncStream.makeStream(of: Void.self)
        let old = Task {
            try await cache.value("a") {
                begun.finish()
                for await _ in changed {}
                return "old"
            }
        }
        for await _ in loading {}
        cache.removeAll()
        change.finish()
        #expect(try await old.value == "old")
        let value = try await cache.value("a") { "new" }
        #expect(value == "new")
    }

    @Test(arguments: [Backend.file, .postgresql])
    func changeInOneProcessIsSeenInTheOtherWithinASecond(_ backend: Backend) async throws {
        try await backend.withTwo { ours, foreign in
            try await Migrator().migrate(ours)
            let cache = Cache<UUID, Tenant>("tenants", limits: .init(age: .seconds(600)))
            let invalidation = CacheInvalidation(ours, [(.keys, { cache.removeAll() })])
            let listening = Task { await invalidation.run() }
            defer { listening.cancel() }
            let id = try await TenantStore(foreign).create(name: "before", tier: .basic).id
            let name: @Sendable () async throws -> String? = {
                try await cache.value(id) { try await TenantStore(ours).get(id) }?.name
            }
            #expect(try await name() == "before")
            // By now it listens.
            try await Task.sleep(for: .milliseconds(1200))
            _ = try await name()
            let began = ContinuousClock.now
            try await foreign.write { connection in
                try connection.execute("UPDATE tenants SET name = 'after' WHERE id = ?", [id])
                try connection.notify(.keys, "")
            }
            try await eventually(timeout: .seconds(5)) { try await name() == "after" }
            #expect(ContinuousClock.now - began < .seconds(1))
        }
    }
}
