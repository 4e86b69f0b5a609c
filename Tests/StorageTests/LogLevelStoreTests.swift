import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LogLevelStoreTests {
    @Test(arguments: Backend.allCases)
    func theLastChangeIsToldToEveryProcessAndRemembered(_ backend: Backend) async throws {
        try await backend.withTwo { database, other in
            try await Migrator().migrate(database)
            let (store, seen) = (LogLevelStore(database), LogLevelStore(other))
            let actor = AuditActor(tenantID: nil, principalID: nil, name: "operator", requestID: "r")
            #expect(try await seen.last() == nil)
            let notifications = other.notifications()
            try await store.change(to: "debug", until: .at(60), by: actor, now: .at(0))
            for await notification in notifications {
                guard notification.concerns(.settings) else { continue }
                // The first may be that of the beginning.
                if try await seen.last() != nil { break }
            }
            let change = try #require(try await seen.last())
            #expect(change.level == "debug" && change.until == .at(60))
            try await store.change(to: nil, by: actor, now: .at(1))
            let reset = try #require(try await seen.last())
            #expect(reset.level == nil && reset.until == nil && reset != change)
            let lines = try await AuditLog(database).list(forOperatorOf: .zero).entries
            #expect(lines.map(\.action) == [.logLevelChanged, .logLevelChanged])
            #expect(lines.last?.detail["level"] == "debug" && lines.last?.actor.requestID == "r")
        }
    }
}
