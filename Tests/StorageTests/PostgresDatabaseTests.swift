import Foundation
import JSON
import Storage
import StoragePostgres
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What only PostgreSQL has: a server, a network between, transactions beside each other.
@Suite(.timeLimit(.minutes(3)))
struct PostgresDatabaseTests {
    private func with(
        _ change: (inout PostgresConfiguration) -> Void = { _ in }, _ body: (PostgresDatabase) async throws -> Void
    ) async throws {
        try await PostgresServer.shared().withDatabase { url in
            let database = try PostgresDatabase(url: url, change)
            defer { database.close() }
            try await body(database)
        }
    }

    private func time(_ body: () async throws -> Void) async rethrows -> Duration {
        try await ContinuousClock().measure { try await body() }
    }

    // MARK: Values

    @Test func valuesComeBackByTheirTypes() async throws {
        try await with { database in
            try await database.write {
                try $0.script(
                    """
                    CREATE TABLE v (id UUID, flag BOOLEAN, i BIGINT, d DOUBLE PRECISION, t TEXT, j JSONB, b BYTEA);
                    """)
            }
            let id = UUID()
            let text = "é\u{1F600} '\"\\ $1 ? \u{1}\u{7F}\u{FFFF} --;"
            let json: JSONValue = ["a": [1, 2.5, true, nil], "b": "\u{10FFFF}"]
            let values: [DatabaseValue] = [
                id.databaseValue, .integer(1), .integer(.min), .double(0.1), .text(text),
                try json.databaseValue, .blob([0, 255, 92]),
            ]
            let inserted = try await database.write { connection in
                try connection.execute("INSERT INTO v VALUES (?, ?, ?, ?, ?, ?, ?)", values: values)
                    + connection.execute("INSERT INTO v DEFAULT VALUES", values: [])
            }
            #expect(inserted == 2)
            let rows = try await database.read {
                try $0.query("SELECT * FROM v WHERE flag = ? OR flag IS NULL ORDER BY id", values: [.integer(1)])
            }
            #expect(try rows[0].get("id") == id)
            #expect(try rows[0].get("flag", as: Bool.self))
            #expect(try rows[0].get("i") == Int64.min)
            #expect(try rows[0].get("d", as: Double.self) == 0.1)
            #expect(try rows[0].get("t", as: String.self) == text)
            #expect(try rows[0].get("j", as: JSONValue.self) == json)
            let sums = try await database.read {
                try $0.query(
                    "SELECT SUM(x) AS whole, AVG(x) AS part, COUNT(*) AS n FROM (VALUES (CAST(1 AS BIGINT)), (2)) t(x)")
            }
            #expect(try sums[0].get("whole") == Int64(3))
            #expect(try sums[0].get("part", as: Double.self) == 1.5)
            #expect(try sums[0].get("n") == 2)
            for column in ["id", "t", "b"] { #expect(try rows[1].optional(column, as: String.self) == nil) }
        }
    }

    @Test func tenMegabytesComeBack() async throws {
        try await with { database in
            try await database.write { try $0.script("CREATE TABLE big (t TEXT, j JSONB, b BYTEA)") }
            let text = String(repeating: "0123456789abcdé ", count: 10 << 16)
            let json: JSONValue = ["text": .string(text)]
            let bytes = (0..<(10 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await database.write {
                try $0.execute(
                    "INSERT INTO big VALUES (?, ?, ?)",
                    values: [text.databaseValue, json.databaseValue, .blob(bytes)])
            }
            let row = try await database.read { try $0.query("SELECT * FROM big")[0] }
            #expect(try row.get("t", as: String.self) == text)
            #expect(try row.get("j", as: JSONValue.self) == json)
            let same = try await database.read {
                try $0.query("SELECT b = ? AS same FROM big", values: [.blob(bytes)])[0].get("same", as: Bool.self)
            }
            #expect(same)
        }
    }

    @Test func whatCannotBeStoredIsRefusedAndTheSessionStays() async throws {
        try await with { database in
            for value in ["a\0b", "\0"] {
                let code = await storageError {
                    _ = try await database.read { try $0.query("SELECT ? AS t", values: [.text(value)]) }
                }
                #expect(code == .invalidText)
            }
            let cases: [(String, StorageError.Code)] = [
                ("SELECT '\"\\u0000\"'::jsonb", .invalidText), ("SELECT 'x'::uuid", .constraint),
                ("SELECT 1/0", .constraint), ("SELEC", .internal), ("SELECT * FROM nowhere", .internal),
                ("SELECT CAST('9e9' AS INTEGER)", .constraint),
            ]
            for (sql, expected) in cases {
                #expect(await storageError { _ = try await database.read { try $0.query(sql) } } == expected, "\(sql)")
            }
            #expect(database.connections.idle == 1, "one session served all")
        }
    }

    @Test func failureThatABodyHidesRollsItBack() async throws {
        try await with { database in
            try await database.write { try $0.script("CREATE TABLE one (x BIGINT PRIMARY KEY)") }
            let code = await storageError {
                try await database.write { connection in
                    try connection.execute("INSERT INTO one VALUES (1)")
                    _ = try? connection.execute("INSERT INTO one VALUES (1)")
                }
            }
            #expect(code == .conflict, "the server would have answered the commit with a rollback")
            #expect(try await database.read { try $0.query("SELECT * FROM one") }.isEmpty)
        }
    }

    /// A first statement that cannot be sent or prepared leaves its transaction to be begun by the next.
    @Test func whatComesAfterAHiddenFailureIsNotStored() async throws {
        try await with { database in
            try await database.write { try $0.script("CREATE TABLE one (x TEXT PRIMARY KEY)") }
            func pid() async throws -> Int {
                try await database.read { try $0.query("SELECT pg_backend_pid() AS pid")[0].get("pid") }
            }
            let before = try await pid()
            for first in ["INSERT INTO nowhere VALUES ('a')", "SELEC"] {
                let code = await storageError {
                    try await database.write { connection in
                        _ = try? connection.execute(first)
                        try connection.execute("INSERT INTO one VALUES ('b')")
                    }
                }
                #expect(code == .internal)
            }
            let nul = await storageError {
                _ = try await database.write { try $0.execute("INSERT INTO one VALUES (?)", values: [.text("a\0b")]) }
            }
            let enqueued = await storageError {
                try await database.write { try $0.enqueue("INSERT INTO one VALUES (?)", values: [.text("a\0b")]) }
            }
            #expect(nul == .invalidText && enqueued == .invalidText)
            #expect(try await database.read { try $0.query("SELECT * FROM one") }.isEmpty)
            #expect(try await pid() == before, "one session served all")
        }
    }

    /// Reads have left them, and the answers to their ends were never read.
    @Test func sessionsThatTheServerHasEndedAreReplacedUnseen() async throws {
        try await with { database in
            try await database.write { try $0.script("CREATE TABLE one (x BIGINT)") }
            for round in 1...2 {
                try await withThrowingTaskGroup { group in
                    for _ in 0..<3 {
                        group.addTask { _ = try await database.read { try $0.query("SELECT pg_sleep(0.1)") } }
                    }
                    try await group.waitForAll()
                }
                #expect(database.connections.idle == 3)
                let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                _ = try await database.read { try $0.query("\(others) AND pid <> pg_backend_pid()") }
                // All but the one that asks.
                try await eventually("they are gone") {
                    let open = "SELECT 1 AS one FROM pg_stat_activity WHERE datname = current_database()"
                    return try await database.read { try $0.query(open).count } == 1
                }
                try await withThrowingTaskGroup { group in
                    for _ in 0..<3 {
                        group.addTask { try await database.write { try $0.enqueue("INSERT INTO one VALUES (1)") } }
                    }
                    try await group.waitForAll()
                }
                #expect(try await database.read { try $0.query("SELECT x FROM one") }.count == 3 * round)
            }
        }
    }

    @Test func whatIsEnqueuedTravelsWithTheNextStatementAndFailsThere() async throws {
        try await with { database in
            try await database.write { try $0.script("CREATE TABLE one (x BIGINT PRIMARY KEY)") }
            let count = try await database.write { connection in
                try connection.enqueue("INSERT INTO one VALUES (?)", [1])
                try connection.enqueue("INSERT INTO one VALUES (?)", [2])
                return try connection.query("SELECT COUNT(*) AS n FROM one").first?.get("n", as: Int.self)
            }
            #expect(count == 2)
            try await database.write { try $0.enqueue("INSERT INTO one VALUES (?)", [3]) }
            try await database.write { connection in
                try connection.execute("INSERT INTO one VALUES (?)", [4])
                try connection.enqueue("INSERT INTO one VALUES (?)", [5])
            }
            try await database.write { _ in }
            for isLast in [true, false] {
                let code = await storageError {
                    try await database.write { connection in
                        try connection.execute("DELETE FROM one")
                        try connection.enqueue("INSERT INTO one VALUES (?)", [6])
                        try connection.enqueue("INSERT INTO one VALUES (?)", [6])
                        if !isLast { try connection.execute("INSERT INTO one VALUES (?)", [7]) }
                    }
                }
                #expect(code == .conflict)
            }
            let rows = try await database.read { try $0.query("SELECT x FROM one ORDER BY x") }
            #expect(try rows.map { try $0.get("x", as: Int.self) } == [1, 2, 3, 4, 5])
            #expect(database.connections.idle == 1, "one session served all")
        }
    }

    @Test func statementsArePreparedOnceAndTheOldestMakesRoom() async throws {
        try await with {
            $0.maximumConnections = 1
        } _: { database in
            for round in 0..<600 {
                let sum = try await database.read {
                    try $0.query("SELECT ? + \(round) AS sum", values: [.integer(1)])[0].get("sum", as: Int.self)
                }
                #expect(sum == round + 1)
            }
            let prepared = try await database.read {
                try $0.query("SELECT COUNT(*) AS n FROM pg_prepared_statements")[0].get("n", as: Int.self)
            }
            #expect((200...256).contains(prepared))
        }
    }

    @Test func statementPreparedBeforeAMigrationIsPreparedAgain() async throws {
        try await with { database in
            try await database.write { try $0.script("CREATE TABLE wide (a BIGINT); INSERT INTO wide VALUES (1)") }
            let read = { try await database.read { try $0.query("SELECT * FROM wide")[0] } }
            #expect(try await read().get("a") == 1)
            try await database.write { try $0.script("ALTER TABLE wide ADD COLUMN b BIGINT DEFAULT 2") }
            #expect(try await read().get("b") == 2)
        }
    }

    // MARK: Transactions beside each other

    @Test func hundredTasksIncrementOneRow() async throws {
        try await with { database in
            try await database.write { try $0.script("CREATE TABLE n (x BIGINT); INSERT INTO n VALUES (0)") }
            try await withThrowingTaskGroup { group in
                for _ in 0..<100 {
                    group.addTask { try await database.write { try $0.execute("UPDATE n SET x = x + 1") } }
                }
                try await group.waitForAll()
            }
            let x = try await database.read { try $0.query("SELECT x FROM n")[0].get("x", as: Int.self) }
            #expect(x == 100)
            #expect(database.connections.inUse == 0)
        }
    }

    /// Also one that shows only at the commit.
    @Test(arguments: [false, true])
    func deadlocksRunAgain(isEnqueued: Bool) async throws {
        try await with { database in
            try await database.write {
                try $0.script("CREATE TABLE n (id BIGINT, x BIGINT); INSERT INTO n VALUES (1, 0), (2, 0)")
            }
            try await withThrowingTaskGroup { group in
                for index in 0..<4 {
                    group.addTask {
                        try await database.write { connection in
                            let ids = index % 2 == 0 ? [1, 2] : [2, 1]
                            try connection.execute("UPDATE n SET x = x + 1 WHERE id = ?", [ids[0]])
                            _ = try connection.query("SELECT pg_sleep(0.02)")
                            let second = "UPDATE n SET x = x + 1 WHERE id = ?"
                            if isEnqueued {
                                try connection.enqueue(second, [ids[1]])
                            } else {
                                try connection.execute(second, [ids[1]])
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let xs = try await database.read { try $0.query("SELECT x FROM n").map { try $0.get("x", as: Int.self) } }
            #expect(xs == [4, 4])
        }
    }

    @Test func namedLockIsHeldUntilTheCommit() async throws {
        try await with { database in
            let inside = Count()
            try await withThrowingTaskGroup { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await database.write { connection in
                            try connection.lock("one at a time")
                            _ = try connection.query("SELECT 1 AS one")
                            #expect(inside.add(1) == 1)
                            _ = try connection.query("SELECT pg_sleep(0.02)")
                            _ = inside.add(-1)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func readSeesOneMomentAndWritesNothing() async throws {
        try await with { database in
            try await database.write { try $0.script("CREATE TABLE n (x BIGINT)") }
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            let release = DispatchSemaphore(value: 0)
            async let counts: [Int] = database.read { connection in
                let count = { try connection.query("SELECT COUNT(*) AS n FROM n")[0].get("n", as: Int.self) }
                let before = try count()
                start.finish()
                release.wait()
                return [before, try count()]
            }
            for await _ in started {}
            try await database.write { try $0.execute("INSERT INTO n VALUES (1)") }
            release.signal()
            #expect(try await counts == [0, 0])
            let code = await storageError {
                _ = try await database.read { try $0.execute("INSERT INTO n VALUES (2)") }
            }
            #expect(code == .unavailable)
        }
    }

    // MARK: Waiting

    @Test func slowStatementsHoldNoCooperativeThread() async throws {
        try await with { database in
            try await withThrowingTaskGroup { group in
                for _ in 0..<10 { group.addTask { _ = try await database.read { try $0.query("SELECT pg_sleep(1)") } } }
                // More of them than this machine has threads; an unrelated task runs meanwhile.
                var longest: Duration = .zero
                for _ in 0..<20 {
                    longest = max(longest, await time { try? await Task.sleep(for: .milliseconds(20)) })
                }
                #expect(longest < .milliseconds(900))
                try await group.waitForAll()
            }
        }
    }

    @Test func cancelledTaskStopsItsStatementAtTheServer() async throws {
        try await with { database in
            let task = Task { try await database.read { try $0.query("SELECT pg_sleep(60)") } }
            try await eventually { database.connections.inUse == 1 }
            try await Task.sleep(for: .milliseconds(200))
            let took = await time {
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
            }
            #expect(took < .seconds(5))
            try await eventually {
                try await database.read {
                    try $0.query("SELECT 1 AS one FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%'")
                }.isEmpty
            }
        }
    }

    @Test func statementThatTakesTooLongIsBusy() async throws {
        try await with {
            $0.statementTimeout = .milliseconds(300)
        } _: { database in
            let took = await time {
                #expect(
                    await storageError { _ = try await database.read { try $0.query("SELECT pg_sleep(60)") } } == .busy)
            }
            #expect(took < .seconds(10))
        }
    }

    @Test func callersWaitForAConnectionOnlySoLong() async throws {
        try await with {
            $0.maximumConnections = 2
            $0.acquireTimeout = .milliseconds(300)
        } _: { database in
            let release = DispatchSemaphore(value: 0)
            let holders = (0..<2).map { _ in Task { try await database.read { _ in release.wait() } } }
            try await eventually { database.connections.inUse == 2 }
            #expect(await storageError { try await database.read { _ in } } == .busy)
            let waiting = Task { try await database.read { _ in } }
            try await eventually { database.connections.waiting == 1 }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            for _ in holders { release.signal() }
            for holder in holders { try await holder.value }
            try await database.read { _ in }
            #expect(database.connections.waiting == 0)
        }
    }

    @Test func connectionLostInAReadIsReplacedAndInAWriteChangesNothingTwice() async throws {
        let server = try await PostgresServer.shared()
        try await with { database in
            try await database.write { try $0.script("CREATE TABLE n (x BIGINT)") }
            let attempts = Mutex(0)
            try await database.write { connection in
                try connection.execute("INSERT INTO n VALUES (1)")
                guard
                    attempts.withLock({
                        $0 += 1
                        return $0
                    }) == 1
                else { return }
                _ = try? connection.query("SELECT pg_terminate_backend(pg_backend_pid())")
                try connection.execute("INSERT INTO n VALUES (2)")
            }
            #expect(attempts.withLock { $0 } == 2)
            let xs = try await database.read { try $0.query("SELECT x FROM n").map { try $0.get("x", as: Int.self) } }
            #expect(xs == [1])
            // Idle sessions that the server has ended are noticed before they are used.
            _ = try await server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test%' AND state = 'idle'")
            _ = try await database.read { try $0.query("SELECT 1 AS one") }
        }
    }

    @Test func commitWhoseReplyIsLostSaysSo() async throws {
        try await with { database in
            try await database.write {
                try $0.script(
                    """
                    CREATE TABLE n (x BIGINT PRIMARY KEY);
                    CREATE FUNCTION die() RETURNS TRIGGER LANGUAGE plpgsql AS
                        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
                    CREATE CONSTRAINT TRIGGER die AFTER INSERT ON n DEFERRABLE INITIALLY DEFERRED
                        FOR EACH ROW EXECUTE FUNCTION die();
                    """)
            }
            for isEnqueued in [false, true] {
                let code = await storageError {
                    _ = try await database.write { connection in
                        if isEnqueued {
                            try connection.enqueue("INSERT INTO n VALUES (1)")
                        } else {
                            try connection.execute("INSERT INTO n VALUES (1)")
                        }
                    }
                }
                #expect(code == .outcomeUnknown)
            }
            // What the server has refused before it came to the commit is known to have no effect.
            let before = await storageError {
                try await database.write { try $0.enqueue("SELECT pg_terminate_backend(pg_backend_pid())") }
            }
            #expect(before == .unavailable)
        }
    }

    // MARK: Outage

    @Test func serverThatIsAwayRefusesQuicklyAndComesBackByItself() async throws {
        try await PostgresServer.with { server in
            let database = try PostgresDatabase(url: server.url())
            defer { database.close() }
            var heard = database.notifications().makeAsyncIterator()
            #expect(await heard.next() == .all)
            try await database.write { try $0.script("CREATE TABLE n (x BIGINT)") }
            await server.stop()
            for _ in 0..<50 {
                let took = await time {
                    #expect(
                        await storageError {
                            _ = try await database.write { try $0.execute("INSERT INTO n VALUES (1)") }
                        }
                            == .unavailable)
                }
                #expect(took < .milliseconds(800))
            }
            try await server.start()
            try await eventually(timeout: .seconds(20)) {
                (try? await database.write { try $0.execute("INSERT INTO n VALUES (2)") }) != nil
            }
            #expect(await heard.next() == .all, "it listens again, and may have missed some")
            let rows = try await database.read { try $0.query("SELECT x FROM n").map { try $0.get("x", as: Int.self) } }
            #expect(rows == [2])
        }
    }

    /// The network takes packets and nobody answers, as when a host is gone.
    @Test func serverThatIsSilentIsFoundOut() async throws {
        try await PostgresServer.with { server in
            let database = try PostgresDatabase(url: server.url()) { $0.maximumConnections = 2 }
            defer { database.close() }
            _ = try await database.read { try $0.query("SELECT 1") }
            server.pause(true)
            defer { server.pause(false) }
            let took = await time {
                await withTaskGroup { group in
                    for _ in 0..<6 {
                        group.addTask {
                            #expect(
                                await storageError { _ = try await database.read { try $0.query("SELECT 1") } }
                                    == .unavailable)
                        }
                    }
                }
            }
            #expect(took < .seconds(15))
            let then = await time {
                #expect(
                    await storageError { _ = try await database.read { try $0.query("SELECT 1") } } == .unavailable)
            }
            #expect(then < .milliseconds(800))
            server.pause(false)
            try await eventually(timeout: .seconds(20)) {
                (try? await database.read { try $0.query("SELECT 1") }) != nil
            }
        }
    }

    /// As a failover that leaves an address behind where packets vanish.
    @Test func addressThatIsSilentTakesItsShareAndTheNextIsTried() async throws {
        let server = try await PostgresServer.shared()
        let silent = try SilentSocket()
        let closed = try PostgresServer.freePort()
        try await server.withDatabase { url in
            for first in [silent.port, closed] {
                let urls = url.replacing(":\(server.port)/", with: ":\(first),127.0.0.1:\(server.port)/")
                let database = try PostgresDatabase(url: urls) { $0.connectTimeout = .seconds(4) }
                defer { database.close() }
                let one = try await database.read { try $0.query("SELECT 1 AS one")[0].get("one", as: Int.self) }
                #expect(one == 1)
            }
        }
    }

    /// The server takes no new connection, and serves those that it has.
    @Test func connectionThatFailsEndsNoneThatWorks() async throws {
        let server = try await PostgresServer.shared()
        let silent = try SilentSocket()
        try await server.withDatabase { url in
            // The silent one makes each connection take its second.
            let urls = url.replacing(":\(server.port)/", with: ":\(silent.port),127.0.0.1:\(server.port)/")
            let database = try PostgresDatabase(url: urls) { $0.connectTimeout = .seconds(2) }
            defer { database.close() }
            let end = DispatchSemaphore(value: 0)
            let busy = Task {
                try await database.read { connection in
                    _ = try connection.query("SELECT 1")
                    end.wait()
                }
            }
            let name = try #require(url.split(separator: "/").last)
            try await eventually {
                try await server.execute("SELECT 1 FROM pg_stat_activity WHERE datname = '\(name)'").count == 1
            }
            try await server.execute("ALTER DATABASE \(name) ALLOW_CONNECTIONS false")
            async let other = storageError { _ = try await database.read { try $0.query("SELECT 1") } }
            try await eventually { database.connections.inUse == 2 }
            end.signal()
            try await busy.value
            #expect(await other == .refused)
            for _ in 0..<3 { _ = try await database.read { try $0.query("SELECT 1") } }
        }
    }

    // MARK: Configuration

    @Test(arguments: ["", "mysql://h/d", "postgres://u:s3cr3t@[::1/d", "postgresql://u:s3cr3t%zz@h/d"])
    func unreadableAddressIsRefusedWithoutItsPassword(_ url: String) throws {
        let error = #expect(throws: StorageError.self) { try PostgresConfiguration(url: url) }
        #expect(error?.code == .refused)
        #expect(error.map { !"\($0.debugDescription)".contains("s3cr3t") } == true)
    }

    @Test func passwordIsNeverPrinted() async throws {
        let server = try await PostgresServer.shared()
        let url = server.url("nowhere")
        let configuration = try PostgresConfiguration(url: url)
        #expect(
            "\(configuration) \(String(reflecting: configuration))"
                == "127.0.0.1:\(server.port)/nowhere 127.0.0.1:\(server.port)/nowhere")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("pass"))
        for wrong in [url, server.url().replacing("postgres:", with: "postgres:wrong")] {
            let database = try PostgresDatabase(url: wrong)
            do {
                _ = try await database.read { try $0.query("SELECT 1") }
                Issue.record("\(wrong) let us in")
            } catch let error as StorageError {
                #expect(error.code == .refused)
                #expect(!error.debugDescription.contains("pass-word") && !error.debugDescription.contains("pass%"))
            }
            database.close()
        }
    }

    @Test func databaseOfAnotherEncodingIsRefused() async throws {
        let server = try await PostgresServer.shared()
        try await server.execute(
            "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'")
        let database = try PostgresDatabase(url: server.url("latin"))
        do {
            try await database.read { _ in }
            Issue.record("let us in")
        } catch let error as StorageError {
            #expect(error.code == .refused)
            #expect(error.message.contains("LATIN1") && error.message.contains("UTF8"))
        }
        database.close()
        try await server.drop("latin")
    }

    @Test func certificateOfTheServerIsChecked() async throws {
        try await withTemporaryFolder { folder in
            for name in ["server", "other"] {
                try await PostgresServer.run(
                    [
                        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-keyout", "\(folder.path)/\(name).key", "-out", "\(folder.path)/\(name).crt",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                    ], output: folder.appending(path: "openssl.log"))
            }
            let tls = PostgresServer.TLS(
                certificate: folder.appending(path: "server.crt"), key: folder.appending(path: "server.key"))
            try await PostgresServer.with(tls: tls) { server in
                let options = "?sslmode=verify-full&sslrootcert=\(folder.path)/"
                let database = try PostgresDatabase(url: server.url(options: options + "server.crt"))
                let version = try await database.read {
                    try $0.query("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[0]
                        .get("version", as: String.self)
                }
                #expect(version.hasPrefix("TLS"))
                database.close()
                let deceived = try PostgresDatabase(url: server.url(options: options + "other.crt"))
                #expect(await storageError { try await deceived.read { _ in } } == .refused)
                deceived.close()
            }
        }
    }
}

/// Takes connections, as far as the system does, and says nothing.
private final class SilentSocket: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        port = try PostgresServer.freePort()
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        let (descriptor, length) = (descriptor, socklen_t(MemoryLayout<sockaddr_in>.size))
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(result == 0 && listen(descriptor, 100) == 0)
    }

    deinit { close(descriptor) }
}

private final class Count: Sendable {
    private let value = Mutex(0)

    func add(_ number: Int) -> Int {
        value.withLock { value in
            value += number
            return value
        }
    }
}
