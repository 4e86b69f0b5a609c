import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite struct ExecutionLogStoreTests {
    private func line(_ id: UUID, _ text: String, level: Int = 2) -> ExecutionLogLine {
        ExecutionLogLine(execution: id, time: .at(1), level: level, message: text, fields: ["run": .string(text)])
    }

    @Test(arguments: Backend.allCases)
    func linesBelongToTheTenantOfTheRowAndComeInOrder(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionLogStore(database)
            let tenant = UUID()
            let id = try await database.accepted(tenant).id
            let other = try await database.accepted(UUID()).id
            try await store.append([])
            // More than one statement holds.
            try await store.append(
                (0..<120).map { line(id, "\($0)") } + [line(other, "theirs"), line(UUID(), "nobody's")])
            let lines = try await store.list(execution: id, tenant: tenant, limit: 1_000)
            #expect(lines.map(\.message) == (0..<120).map(String.init))
            #expect(lines[7].fields == ["run": "7"])
            #expect(lines[7].time == .at(1))
            let page = try await store.list(execution: id, tenant: tenant, after: lines[99].id, limit: 3)
            #expect(page.map(\.message) == ["100", "101", "102"])
            #expect(try await store.list(execution: other, tenant: tenant, limit: 10).isEmpty)
        }
    }

    @Test(arguments: Backend.allCases)
    func levelNarrows(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = ExecutionLogStore(database)
            let tenant = UUID()
            let id = try await database.accepted(tenant).id
            try await store.append((0...6).map { line(id, "\($0)", level: $0) })
            #expect(
                try await store.list(execution: id, tenant: tenant, level: 4, limit: 10).map(\.message)
                    == ["4", "5", "6"])
        }
    }
}
