import Foundation
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct NotificationTests {
    @Test(arguments: Backend.allCases)
    func listenersHearWhatWasCommittedAndNothingElse(_ backend: Backend) async throws {
        struct Stop: Error {}
        try await backend.with { database in
            let (one, other) = (database.notifications(), database.notifications())
            // From here on nothing is missed.
            #expect(await one.first { _ in true } == .all)
            await #expect(throws: Stop.self) {
                try await database.write { connection in
                    try connection.notify(.executions, "rolled back")
                    throw Stop()
                }
            }
            try await database.write { try $0.notify(.executions, "committed") }
            for stream in [one, other] {
                let heard = await stream.first { $0 != .all }
                #expect(heard == .changed(.executions, payload: "committed"))
            }
        }
    }

    @Test(arguments: Backend.allCases)
    func readsAndLongPayloadsAreRefused(_ backend: Backend) async throws {
        try await backend.with { database in
            #expect(await storageError { try await database.read { try $0.notify(.keys, "") } } == .internal)
            let long = String(repeating: "é", count: DatabaseNotification.payloadLimit / 2 + 1)
            #expect(await storageError { try await database.write { try $0.notify(.keys, long) } } == .invalidText)
        }
    }

    /// Two values on one database are what two processes are.
    @Test(arguments: [Backend.file, .postgresql])
    func commitOfAnotherProcessIsHeardWithinASecond(_ backend: Backend) async throws {
        try await backend.withTwo { ours, foreign in
            try await Migrator().migrate(ours)
            var heard = ours.notifications().makeAsyncIterator()
            #expect(await heard.next() == .all, "nothing is missed from here on")
            let began = ContinuousClock.now
            try await foreign.write { try $0.notify(.definitions, "one two") }
            if backend == .postgresql {
                #expect(await heard.next() == .changed(.definitions, payload: "one two"))
            } else {
                // SQLite tells only of commits that changed something.
                _ = try await TenantStore(foreign).create(name: "foreign", tier: .basic)
                #expect(await heard.next() == .all)
            }
            #expect(ContinuousClock.now - began < .seconds(1))
        }
    }

    @Test func slowListenerIsToldThatItMissedSome() async throws {
        let hub = NotificationHub { _ in }
        var slow = hub.stream().makeAsyncIterator()
        hub.deliver((0..<5000).map { .changed(.executions, payload: "\($0)") })
        hub.deliver([.changed(.keys, payload: "last")])
        var all = 0
        while let notification = await slow.next(), notification != .changed(.keys, payload: "last") {
            if notification == .all { all += 1 }
        }
        #expect(all > 0)
    }

    @Test func lastListenerStopsTheSource() async throws {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let hub = NotificationHub { _ in
            try? await Task.sleep(for: .seconds(600))
            end.finish()
        }
        let listener = Task { for await _ in hub.stream() {} }
        try await Task.sleep(for: .milliseconds(50))
        listener.cancel()
        for await _ in ended {}
    }
}
