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

    /// PostgreSQL gives ids before the commit, and a follower reads on from the last that it saw.
    @Test(.timeLimit(.minutes(1))) func followerMissesNoLineOfASlowerWriter() async throws {
        try await Backend.postgresql.with { database in
            let store = ExecutionLogStore(database)
            let tenant = UUID()
            let id = try await database.accepted(tenant).id
            try await database.write {
                try $0.script(
                    """
                    CREATE FUNCTION hold() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
                        IF NEW.message = 'slow' THEN PERFORM pg_advisory_xact_lock(42); END IF; RETURN NULL;
                    END $$;
                    CREATE TRIGGER hold AFTER INSERT ON execution_logs FOR EACH ROW EXECUTE FUNCTION hold();
                    """)
            }
            func locks(granted: Bool) async throws -> Int {
                try await database.read { connection in
                    try connection.query(
                        """
                        SELECT COUNT(*) AS count FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                        WHERE l.locktype = 'advisory' AND l.granted = ? AND d.datname = current_database()
                        """, [granted]
                    ).first?.get("count") ?? 0
                }
            }
            let end = DispatchSemaphore(value: 0)
            let holder = Task {
                try await database.write { connection in
                    _ = try connection.query("SELECT 1 AS one FROM pg_advisory_xact_lock(42)")
                    end.wait()
                }
            }
            try await eventually { try await locks(granted: true) == 1 }
            let slow = Task { try await store.append([line(id, "slow")]) }
            try await eventually { try await locks(granted: false) == 1 }
            let quick = Task { try await store.append([line(id, "quick")]) }
            // Its line comes to light, or it waits for the other.
            var seen: [ExecutionLogLine] = []
            try await eventually {
                seen = try await store.list(execution: id, tenant: tenant, limit: 10)
                let waiting = try await locks(granted: false)
                return !seen.isEmpty || waiting == 2
            }
            end.signal()
            for task in [holder, slow, quick] { try await task.value }
            seen += try await store.list(execution: id, tenant: tenant, after: seen.last?.id ?? 0, limit: 10)
            #expect(Set(seen.map(\.message)) == ["slow", "quick"])
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
