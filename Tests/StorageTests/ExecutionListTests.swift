import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ExecutionListTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var filter: ExecutionFilter
        var expected: [Int]

        init(_ name: String, _ expected: [Int], _ change: (inout ExecutionFilter) -> Void) {
            testDescription = name
            self.expected = expected
            filter = ExecutionFilter()
            change(&filter)
        }
    }

    static let cases = [
        Case("everything, the newest first", [7, 6, 5, 4, 3, 2, 1, 0]) { _ in },
        Case("pending, also one that waits for its time", [4, 0]) { $0.status = .pending },
        Case("running", [1]) { $0.status = .running },
        Case("paused", [2]) { $0.status = .paused },
        Case("unknown", [3]) { $0.status = .unknown },
        Case("completed", [7, 5]) { $0.status = .completed },
        Case("failed", [6]) { $0.status = .failed },
        Case("both versions of a template", [6, 4, 3, 2, 1, 0]) { $0.template = "document-processing" },
        Case("a template", [7, 5]) { $0.template = "notification" },
        Case("another's template", []) { $0.template = "theirs" },
        Case("a tag", [5, 1]) { $0.tag = "nightly" },
        Case("a tag and a status", [5]) {
            $0.tag = "nightly"
            $0.status = .completed
        },
        Case("with AI", [7, 6, 5, 4, 3, 2, 1]) { $0.aiEnhanced = true },
        Case("without AI", [0]) { $0.aiEnhanced = false },
        Case("fallback", [5]) { $0.fallbackUsed = true },
        Case("time", [4, 3]) {
            $0.startedAfter = .at(3)
            $0.startedBefore = .at(5)
        },
        Case("a tag and a time", [5]) {
            $0.tag = "nightly"
            $0.startedAfter = .at(2)
        },
        Case("a schedule", []) { $0.schedule = "nightly" },
    ]

    @Test(arguments: Backend.allCases)
    func eachFilterFindsItsRowsPageByPage(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let tenant = UUID()
            let ids = try await Self.rows(of: tenant, database)
            _ = try await Self.rows(of: UUID(), database)
            for item in Self.cases {
                let all = try await store.list(tenant: tenant, filter: item.filter)
                #expect(all.executions.map { ids.firstIndex(of: $0.id) } == item.expected, "\(item.testDescription)")
                #expect(all.next == nil)
                var paged: [UUID] = []
                var cursor: String?
                repeat {
                    let page = try await store.list(tenant: tenant, filter: item.filter, limit: 1, cursor: cursor)
                    paged += page.executions.map(\.id)
                    cursor = page.next
                } while cursor != nil
                #expect(paged == all.executions.map(\.id), "\(item.testDescription)")
            }
        }
    }

    /// One row of each kind, a second apart.
    private static func rows(of tenant: UUID, _ database: any Database) async throws -> [UUID] {
        let store = ExecutionStore(database)
        let definitions = [
            try await DefinitionStore(database).upsert(.sample("document-processing", "1.0.0")).id,
            try await DefinitionStore(database).upsert(.sample("document-processing", "1.1.0")).id,
            try await DefinitionStore(database).upsert(.sample("notification")).id,
        ]
        var ids: [UUID] = []
        for index in 0..<8 {
            var new = NewExecution(
                tenantID: tenant, definitionID: definitions[[0, 0, 1, 1, 1, 2, 0, 2][index]], input: nil,
                aiEnhanced: index > 0, startedAt: .at(Double(index)))
            if index == 1 || index == 5 { new.tags = ["nightly", "x"] }
            if index == 4 { new.startAt = Date(timeIntervalSinceNow: 3600) }
            ids.append(try await store.insert(new).execution.id)
            if index > 0 { try await store.markStarted(new.id, runID: "run-\(new.id)") }
        }
        try await store.markPaused(ids[2], since: .at(9))
        try await store.markMissing(ids[3], since: .at(9))
        for (index, status) in [(5, ExecutionStatus.completed), (6, .failed), (7, .completed)] {
            let outcome = ExecutionOutcome(status: status, fallbackUsed: index == 5, completedAt: .at(20))
            #expect(try await store.close(ids[index], runID: "run-\(ids[index])", outcome))
        }
        return ids
    }

    @Test(arguments: Backend.allCases)
    func everyVersionOfATemplateIsFound(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let tenant = UUID()
            var ids: [UUID] = []
            for version in 0..<25 {
                let definition = try await DefinitionStore(database).upsert(
                    .sample("often-changed", "1.\(version).0", tenant: tenant))
                ids.append(
                    try await database.accepted(tenant, definition: definition.id, at: .at(Double(version))).id)
            }
            _ = try await database.accepted(tenant, at: .at(7))
            var found: [UUID] = []
            var cursor: String?
            repeat {
                let page = try await store.list(
                    tenant: tenant, filter: ExecutionFilter(template: "often-changed"), limit: 10, cursor: cursor)
                found += page.executions.map(\.id)
                cursor = page.next
            } while cursor != nil
            #expect(found == ids.reversed())
        }
    }

    @Test(arguments: Backend.allCases)
    func pagesStayStableWhileRowsAreInserted(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionStore(database)
            let definition = try await database.insertedDefinition()
            let tenant = UUID()
            var old: Set<UUID> = []
            for index in 0..<20 {
                old.insert(try await database.accepted(tenant, definition: definition, at: .at(Double(index / 4))).id)
            }
            var seen: [UUID] = []
            var cursor: String?
            repeat {
                let page = try await store.list(tenant: tenant, limit: 3, cursor: cursor)
                seen += page.executions.map(\.id)
                cursor = page.next
                _ = try await database.accepted(tenant, definition: definition, at: .at(100))
            } while cursor != nil
            #expect(seen.count == 20 && Set(seen) == old)
        }
    }
}
