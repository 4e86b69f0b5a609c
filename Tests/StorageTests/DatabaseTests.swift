import Foundation
import JSON
import Storage
import StorageSQLite
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct DatabaseTests {
    /// Those that several processes can use.
    static let servers: [Backend] = [.file, .postgresql]

    @Test(arguments: servers)
    func migrationsRunOnceAndAreRepeatable(_ backend: Backend) async throws {
        try await backend.withTwo { database, other in
            let rehearsed = try await Migrator().rehearse(database)
            #expect(rehearsed.map(\.version) == Migration.all.map(\.version))
            #expect(
                try await Migrator().migrate(database) == Migration.all.map(\.version), "a rehearsal leaves nothing")
            #expect(try await Migrator().migrate(database) == [])
            #expect(try await Migrator().migrate(other) == [])
            #expect(try await Migrator().rehearse(other).isEmpty)
        }
    }

    @Test(arguments: servers)
    func migrationsOfSeveralProcessesQueue(_ backend: Backend) async throws {
        try await backend.withTwo { one, other in
            let applied = try await withThrowingTaskGroup { group in
                for index in 0..<8 {
                    group.addTask { try await Migrator().migrate(index % 2 == 0 ? one : other) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied == Migration.all.map(\.version))
        }
    }

    @Test(arguments: servers)
    func changedOrNewerMigrationsAreRefused(_ backend: Backend) async throws {
        func migration(_ version: Int, _ sql: String) -> Migration {
            Migration(version: version, name: "m", script: [backend.dialect: sql])
        }
        let one = migration(1, "CREATE TABLE a (x INTEGER)")
        let two = migration(2, "CREATE TABLE b (x INTEGER)")
        try await backend.withTwo { database, _ in
            let applied = try await Migrator([one, two]).migrate(database)
            #expect(applied == [1, 2])
            #expect(await storageError { try await Migrator([one]).migrate(database) } == .newerSchema)
            let changed = Migrator([migration(1, "SELECT 1"), two])
            #expect(await storageError { try await changed.migrate(database) } == .corrupt)
            let broken = Migrator([
                one, two, migration(3, "CREATE TABLE c (x INTEGER); CREATE TABLE a (x INTEGER)"),
            ])
            #expect(await storageError { _ = try await broken.rehearse(database) } == .internal)
            #expect(await storageError { try await broken.migrate(database) } == .internal)
            let right = Migrator([one, two, migration(3, "CREATE TABLE c (x INTEGER)")])
            #expect(try await right.migrate(database) == [3], "a failed migration leaves nothing")
        }
    }

    @Test(arguments: Backend.allCases)
    func failedTransactionLeavesNothing(_ backend: Backend) async throws {
        struct Stop: Error {}
        try await backend.with { database in
            await #expect(throws: Stop.self) {
                try await database.write { connection in
                    try connection.execute(
                        "INSERT INTO tenants (id, name, tier, created_at) VALUES (?, ?, ?, ?)",
                        [UUID(), "half", Tier.basic, Date()]
                    )
                    throw Stop()
                }
            }
            let left = try await TenantStore(database).list()
            #expect(left.isEmpty)
        }
    }

    @Test(arguments: servers)
    func readersAreNotHeldUpByAWriter(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenants = TenantStore(database)
            _ = try await tenants.create(name: "before", tier: .basic)
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            let release = DispatchSemaphore(value: 0)
            async let writing: Int = database.write { connection in
                let changed = try connection.execute("UPDATE tenants SET name = 'after'")
                start.finish()
                release.wait()
                return changed
            }
            for await _ in started {}
            #expect(try await tenants.list().map(\.name) == ["before"])
            release.signal()
            #expect(try await writing == 1)
            #expect(try await tenants.list().map(\.name) == ["after"])
        }
    }

    /// Two values on one database are what two processes are: connections of their own.
    @Test(arguments: servers)
    func writersOfTwoServicesWaitForEachOther(_ backend: Backend) async throws {
        try await backend.withTwo { one, other in
            let databases = [one, other]
            try await Migrator().migrate(databases[0])
            let execution = try await databases[0].accepted()
            try await withThrowingTaskGroup { group in
                for index in 0..<200 {
                    let ledger = AIUsageStore(databases[index % 2])
                    group.addTask {
                        try await ledger.record(
                            UsageRecord(
                                tenantID: execution.tenantID, executionID: execution.id, activityName: "a",
                                activityID: "\(index)", provider: "local", model: "local", costMicrodollars: 3,
                                success: true
                            )
                        )
                    }
                }
                try await group.waitForAll()
            }
            let row = try await ExecutionStore(databases[1]).get(execution.id)
            #expect(row?.summary.costMicrodollars == 600)
        }
    }

    @Test func lockHeldForTooLongIsBusyNotForever() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("service.db")
            let (holder, other) = (try SQLiteDatabase(file: file), try SQLiteDatabase(file: file))
            try await Migrator().migrate(holder)
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            let release = DispatchSemaphore(value: 0)
            async let holding: Void = holder.write { _ in
                start.finish()
                release.wait()
            }
            for await _ in started {}
            #expect(await storageError { _ = try await TenantStore(other).create(name: "n", tier: .basic) } == .busy)
            release.signal()
            try await holding
            _ = try await TenantStore(other).create(name: "n", tier: .basic)
        }
    }

    @Test(arguments: Backend.allCases)
    func valuesAreBoundNotSpliced(_ backend: Backend) async throws {
        try await backend.with { database in
            let name = "'); DROP TABLE tenants; --"
            _ = try await TenantStore(database).create(name: name, tier: .basic)
            #expect(try await TenantStore(database).get(named: name)?.name == name)
        }
    }

    @Test func everyValueComesBackAsItWas() async throws {
        let database = try SQLiteDatabase.inMemory()
        let values: [DatabaseValue] = [.null, .integer(.min), .double(0.1), .text("é\u{1F600}"), .blob([0, 255])]
        let row = try await database.read {
            try $0.query("SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e", values: values)[0]
        }
        #expect(try row.optional("a", as: String.self) == nil)
        #expect(try row.get("b") == Int64.min)
        #expect(try row.get("c", as: Double.self) == 0.1)
        #expect(try row.get("d", as: String.self) == "é\u{1F600}")
        #expect(throws: StorageError.self) { try row.get("a", as: String.self) }
        #expect(throws: StorageError.self) { try row.get("b", as: String.self) }
        #expect(throws: StorageError.self) { try row.get("zz", as: String.self) }
    }

    @Test func jsonTooDeepToReadBackIsRefused() async throws {
        var deep: JSONValue = 1
        for _ in 0..<600 { deep = [deep] }
        let tooDeep = deep
        #expect(await storageError { _ = try tooDeep.databaseValue } == .invalidText)
    }

    @Test(arguments: [0, 0.000001, 123_456.789012, 20_000_000.000001])
    func timesKeepTheirMicroseconds(_ seconds: Double) throws {
        let date = Date.at(seconds)
        let value = try date.databaseValue
        #expect(try Date(value)?.databaseValue == value)
    }

    @Test func placeholdersAreNumberedForPostgreSQL() {
        let sql = "SELECT '?', \"?\", 'it''s ?' FROM t WHERE a = ? AND b IN (?, ?)"
        #expect(Dialect.sqlite.numberingPlaceholders(in: sql) == sql)
        #expect(
            Dialect.postgresql.numberingPlaceholders(in: sql)
                == "SELECT '?', \"?\", 'it''s ?' FROM t WHERE a = $1 AND b IN ($2, $3)"
        )
    }

    @Test func fileThatIsNoDatabaseIsCorrupt() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("service.db")
            try Data(repeating: 0x41, count: 8192).write(to: file)
            #expect(await storageError { try await Migrator().migrate(SQLiteDatabase(file: file)) } == .corrupt)
        }
    }

    @Test func placeThatCannotBeWrittenIsUnavailable() async throws {
        for path in ["/dev/null/service.db", "/proc/service.db", "/"] {
            #expect(
                await storageError { _ = try SQLiteDatabase(file: URL(fileURLWithPath: path)) } == .unavailable,
                "\(path)")
        }
    }
}
