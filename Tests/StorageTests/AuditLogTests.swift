import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct AuditLogTests {
    private func actor(_ tenant: UUID, _ request: String = "r1") -> AuditActor {
        AuditActor(tenantID: tenant, principalID: UUID(), name: "key wfs_AbCdEf", requestID: request)
    }

    @Test(arguments: Backend.allCases)
    func pagesShowATenantsOwnLinesOnceNewestFirst(_ backend: Backend) async throws {
        try await backend.with { database in
            let log = AuditLog(database)
            let tenant = UUID()
            let actor = actor(tenant)
            for second in 0..<7 {
                // Two each have the same time.
                try await log.record(
                    second % 2 == 0 ? .keyCreated : .secretSet, by: actor, target: "key/\(second)",
                    detail: ["n": .integer(Int64(second))], now: .at(Double(second / 2)))
            }
            try await log.record(.keyCreated, by: self.actor(UUID()), target: "key/other", now: .at(1))
            try await log.record(.tenantCreated, by: .service, now: .at(1))
            var seen: [AuditEntry] = []
            var cursor: String?
            repeat {
                let page = try await log.list(tenant: tenant, after: cursor, limit: 3)
                seen += page.entries
                cursor = page.next
            } while cursor != nil
            #expect(Set(seen.compactMap(\.target)) == Set((0..<7).map { "key/\($0)" }) && seen.count == 7)
            #expect(seen.map(\.createdAt) == seen.map(\.createdAt).sorted(by: >))
            let one = try #require(seen.first { $0.target == "key/3" })
            #expect(one.action == .secretSet && one.detail == ["n": 3] && one.actor.requestID == "r1")
            #expect(one.actor.name == "key wfs_AbCdEf" && one.actor.principalID == actor.principalID)
        }
    }

    @Test(arguments: Backend.allCases)
    func filtersNarrowTheList(_ backend: Backend) async throws {
        try await backend.with { database in
            let log = AuditLog(database)
            let (tenant, one, other) = (UUID(), UUID(), UUID())
            for (second, principal) in [one, other, one].enumerated() {
                let actor = AuditActor(tenantID: tenant, principalID: principal, name: "k")
                try await log.record(
                    second == 0 ? .keyCreated : .keyRevoked, by: actor, target: "key/\(second)",
                    now: .at(Double(second)))
            }
            func targets(_ change: (inout AuditLog.Filter) -> Void) async throws -> [String] {
                var filter = AuditLog.Filter()
                change(&filter)
                return try await log.list(tenant: tenant, filter).entries.compactMap(\.target)
            }
            #expect(try await targets { $0.action = .keyRevoked } == ["key/2", "key/1"])
            #expect(try await targets { $0.principal = one } == ["key/2", "key/0"])
            #expect(try await targets { $0.target = "key/1" } == ["key/1"])
            #expect(try await targets { ($0.from, $0.to) = (.at(1), .at(2)) } == ["key/1"])
        }
    }

    @Test(arguments: ["", "x", "AAAA", String(repeating: "A", count: 10_000)])
    func anythingElseIsNoCursor(_ cursor: String) async throws {
        try await Backend.memory.with { database in
            let code = await storageError { _ = try await AuditLog(database).list(tenant: UUID(), after: cursor) }
            #expect(code == .invalidCursor)
        }
    }
}
