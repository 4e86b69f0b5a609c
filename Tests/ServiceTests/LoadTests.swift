import AsyncHTTPClient
import Foundation
import Hummingbird
import JSON
import Logging
import NIOCore
import NIOHTTP1
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

/// How many executions `make load` asks for.
private let loadSize = ProcessInfo.processInfo.environment["LOAD_EXECUTIONS"].flatMap { Int($0) }

/// Two API and two worker processes on one PostgreSQL and one Temporal, killed one after the other under load, while
/// the database is cut and Temporal restarted: whatever was accepted runs once and ends.
///
/// `make load EXECUTIONS=2000` runs it large. Clients go on until the last mishap is over.
@Suite(.serialized, .enabled(if: loadSize != nil, "runs with make load"), .timeLimit(.minutes(40)))
struct LoadTests {
    @Test func nothingAcceptedIsLostOrStartedTwice() async throws {
        let count = loadSize ?? 60
        try await EffectCounter.with { effects in
            try await PostgresServer.with { postgres in
                try await withTemporaryFolder { folder in
                    let cluster = try Cluster(folder: folder, postgres: postgres, effects: effects)
                    do {
                        try await cluster.start()
                        try await Self.run(count, cluster)
                        cluster.end()
                    } catch {
                        cluster.end()
                        throw error
                    }
                }
            }
        }
    }

    private static func run(_ least: Int, _ cluster: Cluster) async throws {
        let database = try PostgresDatabase(url: cluster.postgres.url())
        try await cluster.install(database)
        let began = ContinuousClock.now
        let isLarge = least >= 500
        async let mishaps = cluster.mishaps(
            pause: .milliseconds(isLarge ? 5000 : 1500), outage: .seconds(isLarge ? 10 : 3), database)
        let (count, accepted) = try await cluster.accept(least, during: .seconds(isLarge ? 60 : 15))
        let acceptance = ContinuousClock.now - began
        let recoveries = try await mishaps
        try #require(accepted.count == count, "the API accepted \(accepted.count) of \(count)")
        #expect(Set(accepted.values).count == count, "each key has an execution of its own")

        try await eventually(timeout: .seconds(isLarge ? 1200 : 180), every: .seconds(1), "all executions close") {
            (try? await cluster.open(database)) == 0
        }
        let duration = ContinuousClock.now - began
        let rows = try await database.read { connection in
            try connection.query("SELECT id, status FROM workflow_executions").map {
                (
                    id: try $0.get("id", as: UUID.self).uuidString.lowercased(),
                    status: try $0.get("status", as: String.self)
                )
            }
        }
        #expect(Set(rows.map { $0.id }) == Set(accepted.values), "a row each, and no other")
        let ends = Dictionary(grouping: rows, by: { $0.status }).mapValues(\.count)
        #expect(ends == ["completed": count])
        let runs = try await cluster.runs()
        #expect(runs.count == count, "Temporal has \(runs.count) runs")
        #expect(Set(runs.map { $0.workflow }) == Set(accepted.values))
        #expect(runs.allSatisfy { $0.status.hasSuffix("COMPLETED") })
        let effects = cluster.effects.counts
        #expect(effects.count == count, "\(effects.count) executions had their effect")
        for number in stride(from: 0, to: count, by: max(count / 20, 1)) {
            let again = try await cluster.accept(number, patience: .seconds(30))
            #expect(again == accepted[number], "the same key gives the same execution")
        }
        let ai = try await database.read { connection in
            try connection.query("SELECT fallback_used FROM workflow_executions WHERE ai_enhanced").map {
                try $0.get("fallback_used", as: Bool.self)
            }
        }
        #expect(ai.count == (0..<count).count { Work($0) == .ai })
        #expect(ai.count { !$0 } > ai.count / 2, "AI answered \(ai.count { !$0 }) of \(ai.count)")
        database.close()
        print(
            """
            load: \(count) executions, \(ai.count) of them with AI (\(ai.count { $0 }) fell back), accepted in \
            \(seconds(acceptance)), closed in \(seconds(duration)), \(Int(Double(count) / (duration / .seconds(1)))) a second; \
            \(cluster.refusals) requests were refused or cut and repeated; rows \(ends), runs \(runs.count), effects \
            \(effects.count) with \(effects.values.reduce(0, +) - effects.count) repeated by a killed worker; the next \
            execution closed \(recoveries.map { "\(seconds($0.duration)) after \($0.name)" }.joined(separator: ", "))
            """)
    }
}

private func seconds(_ duration: Duration) -> String {
    duration.formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 1)))
}

/// What an execution does beside its effect.
private enum Work: Equatable {
    case plain
    /// A summary by the local provider.
    case ai
    /// Sleeps three seconds.
    case nap
    /// Starts five seconds after it was accepted.
    case delayed

    init(_ number: Int) {
        self =
            switch number % 10 {
            case 3: .ai
            case 5: .nap
            case 7: .delayed
            default: .plain
            }
    }
}

/// Counts calls by execution, outside of everything that is killed.
private final class EffectCounter: Sendable {
    private let state = Mutex<[Int: Int]>([:])
    private let bound = Mutex(0)

    var counts: [Int: Int] { state.withLock { $0 } }
    var port: Int { bound.withLock { $0 } }

    static func with(_ body: @Sendable (EffectCounter) async throws -> Void) async throws {
        let counter = EffectCounter()
        let router = Router()
        router.post("effect") { request, _ -> String in
            let bytes = try await request.body.collect(upTo: 1 << 16)
            if let number = try JSONValue(parsing: String(buffer: bytes))["number"]?.integer {
                counter.state.withLock { $0[Int(number), default: 0] += 1 }
            }
            return "counted"
        }
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "effects") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            let number = await iterator.next() ?? 0
            counter.bound.withLock { $0 = number }
            defer { group.cancelAll() }
            try await body(counter)
        }
    }
}

/// A process that is killed and started again under the same command.
private final class Member: Sendable {
    private let command: [String]
    private let environment: [String: String]
    private let output: URL
    private let process = Mutex<ServiceProcess?>(nil)

    init(_ command: [String], environment: [String: String], output: URL) {
        self.command = command
        self.environment = environment
        self.output = output
    }

    func start() throws {
        let started = try ServiceProcess(command, environment: environment, output: output)
        process.withLock { $0 = started }
    }

    func kill() async throws {
        let running = process.withLock { $0 }
        running?.send(SIGKILL)
        try await running?.waitUntilEnded()
    }

    func end() { process.withLock { $0 }?.send(SIGKILL) }

    var log: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
}

private final class Cluster: Sendable {
    let postgres: PostgresServer
    let effects: EffectCounter
    private let folder: URL
    private let apis: [(url: String, member: Member)]
    private let workers: [Member]
    private let temporal: Member
    private let temporalAddress: String
    private let refused = Mutex(0)
    /// The number of the next execution.
    private let next = Mutex(0)
    /// The last mishap has ended.
    private let isOver = Mutex(false)

    var refusals: Int { refused.withLock { $0 } }

    init(folder: URL, postgres: PostgresServer, effects: EffectCounter) throws {
        self.folder = folder
        self.postgres = postgres
        self.effects = effects
        let address = "127.0.0.1:\(try PostgresServer.freePort())"
        temporalAddress = address
        temporal = Member(
            [
                Package.temporal, "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port",
                String(address.split(separator: ":")[1]), "--db-filename", folder.appending(path: "temporal.db").path,
                "--dynamic-config-value", "history.transferProcessorMaxPollRPS=2000", "--log-level", "error",
            ], environment: Package.environment, output: folder.appending(path: "temporal.log"))
        let environment = Package.environment.merging([
            "DATABASE_URL": postgres.url(), "TEMPORAL_ADDRESS": address,
            "WORKFLOW_HTTP_ALLOW": "127.0.0.1:\(effects.port)",
        ]) { $1 }
        let data = folder.appending(path: "data").path
        func serve(_ name: String, _ arguments: [String]) -> Member {
            Member(
                [Package.program.path, "serve", "--data", data] + arguments, environment: environment,
                output: folder.appending(path: "\(name).log"))
        }
        apis = try (1...2).map { number in
            let port = try PostgresServer.freePort()
            return (
                "http://127.0.0.1:\(port)/workflows", serve("api\(number)", ["--role", "api", "--port", "\(port)"])
            )
        }
        workers = (1...2).map { serve("worker\($0)", ["--role", "worker"]) }
    }

    func start() async throws {
        try temporal.start()
        try apis[0].member.start()
        let key = folder.appending(path: "data/api-key")
        try await wait(for: apis[0], until: { FileManager.default.fileExists(atPath: key.path) })
        try apis[1].member.start()
        for worker in workers { try worker.start() }
        for api in apis { try await wait(for: api, until: { true }) }
    }

    func end() {
        for member in apis.map(\.member) + workers + [temporal] { member.end() }
        for pid in processes(with: folder.path) { kill(pid, SIGKILL) }
    }

    private func wait(for api: (url: String, member: Member), until holds: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(90)
        while true {
            let answer = try? await HTTPClient.shared.execute(
                HTTPClientRequest(url: api.url + "/health"), timeout: .seconds(5))
            if answer != nil, holds() { return }
            try #require(ContinuousClock.now < deadline, "an API is not up: \(api.member.log) \(temporal.log)")
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// A workflow of one effect, and what its input asks for.
    func install(_ database: any Database) async throws {
        try await installTemplate(
            "load",
            """
            - effect:
                call: http
                with: { method: post, endpoint: 'http://127.0.0.1:\(effects.port)/effect', body: { number: '${ .number }' } }
            - summarize:
                if: $workflow.input.work == "ai"
                call: ai_summarize_activity
                with: { text: The otter signed the treaty. The heron read it aloud. Nobody objected. }
                metadata: { enhancement: { id: summarize, tiers: [enterprise], fallback: { value: none } } }
            - nap: { if: $workflow.input.work == "nap", wait: { seconds: 3 } }
            """, in: database)
    }

    // MARK: Clients

    /// Starts `count` executions within `duration` and goes on like that until the mishaps are over, at most to four times
    /// as many. Each request is repeated with its key until it is answered. Returns how many there were, and their ids.
    func accept(_ count: Int, during duration: Duration) async throws -> (asked: Int, accepted: [Int: String]) {
        let clients = 8
        let accepted = try await withThrowingTaskGroup(of: [Int: String].self) { group in
            for _ in 0..<clients {
                group.addTask {
                    var accepted: [Int: String] = [:]
                    while true {
                        let isOver = self.isOver.withLock { $0 }
                        let number: Int? = self.next.withLock { next in
                            guard next < count || !isOver && next < 4 * count else { return nil }
                            defer { next += 1 }
                            return next
                        }
                        guard let number else { return accepted }
                        accepted[number] = try await self.accept(number, patience: .seconds(180))
                        try await Task.sleep(for: duration * clients / count)
                    }
                }
            }
            return try await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        }
        return (next.withLock { $0 }, accepted)
    }

    func accept(_ number: Int, patience: Duration) async throws -> String? {
        let key = try String(contentsOf: folder.appending(path: "data/api-key"), encoding: .utf8)
        let work = Work(number)
        let body: JSONValue = [
            "template": "load", "input": ["number": .integer(Int64(number)), "work": .string("\(work)")],
            "ai_enhanced": .bool(work == .ai), "delay": work == .delayed ? "5s" : .null,
        ]
        let deadline = ContinuousClock.now + patience
        var attempt = number
        while ContinuousClock.now < deadline {
            var request = HTTPClientRequest(url: apis[attempt % 2].url + "/execute")
            request.method = .POST
            request.headers = [
                "Authorization": "Bearer \(key.trimmingCharacters(in: .whitespacesAndNewlines))",
                "Content-Type": "application/json", "Idempotency-Key": "load-\(number)",
            ]
            request.body = .bytes(ByteBuffer(string: body.serialized()))
            if let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(20)),
                [200, 202].contains(response.status.code),
                let bytes = try? await response.body.collect(upTo: 1 << 20),
                let id = try? JSONValue(parsing: [UInt8](bytes.readableBytesView))["id"]?.string
            {
                return id
            }
            refused.withLock { $0 += 1 }
            attempt += 1
            try await Task.sleep(for: .milliseconds(200))
        }
        return nil
    }

    // MARK: Mishaps

    /// Everything once: two processes of each role, the database, Temporal; with work open each time. Returns how long
    /// after the beginning of each an execution closed.
    func mishaps(
        pause: Duration, outage: Duration, _ database: any Database
    ) async throws -> [(name: String, duration: Duration)] {
        defer { isOver.withLock { $0 = true } }
        var recoveries: [(name: String, duration: Duration)] = []
        func mishap(_ name: String, _ happens: () async throws -> Void) async throws {
            try await Task.sleep(for: pause)
            let open = try await open(database)
            #expect(open > 0, "nothing is open before \(name)")
            let (begin, date) = (ContinuousClock.now, Date())
            try await happens()
            try await eventually(timeout: .seconds(120), every: .milliseconds(50), "executions close after \(name)") {
                let closed = try? await database.read {
                    try $0.query("SELECT id FROM workflow_executions WHERE completed_at > ? LIMIT 1", [date])
                }
                return closed?.isEmpty == false
            }
            recoveries.append((name, ContinuousClock.now - begin))
        }
        func killed(_ member: Member) async throws {
            try await member.kill()
            try await Task.sleep(for: .milliseconds(500))
            try member.start()
        }
        try await mishap("a worker's death") { try await killed(workers[0]) }
        try await mishap("an API's death") { try await killed(apis[0].member) }
        try await mishap("\(outage) without database") {
            await postgres.stop()
            try await Task.sleep(for: outage)
            try await postgres.start()
        }
        try await mishap("the other worker's death") { try await killed(workers[1]) }
        try await mishap("Temporal's death") { try await killed(temporal) }
        try await mishap("the other API's death") { try await killed(apis[1].member) }
        return recoveries
    }

    /// How many executions have not ended.
    func open(_ database: any Database) async throws -> Int {
        try await database.read { connection in
            try connection.query(
                "SELECT COUNT(*) AS count FROM workflow_executions WHERE completed_at IS NULL"
            ).first?.get("count") ?? 0
        }
    }

    // MARK: Truth

    /// Every run that Temporal knows.
    func runs() async throws -> [(workflow: String, status: String)] {
        let result = try await run(
            Package.temporal,
            [
                "workflow", "list", "--limit", "100000", "-o", "json", "--address", temporalAddress, "--namespace",
                "workflow-service",
            ])
        try #require(result.status == 0, "\(result)")
        return (try JSONValue(parsing: result.output).array ?? []).map {
            ($0["execution"]?["workflowId"]?.string ?? "", $0["status"]?.string ?? "")
        }
    }
}
