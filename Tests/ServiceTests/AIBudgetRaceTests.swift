import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import Storage
import StoragePostgres
import StorageSQLite
import Synchronization
import TestSupport
import Testing

/// A thousand callers over HTTP, one cap: five dollars, of calls that take 10 to 60 % of what is reserved for them.
@Suite(.serialized, .timeLimit(.minutes(8)))
struct AIBudgetRaceTests {
    private static let cap: Int64 = 5_000_000
    private static let calls = 1000
    private static let maximumTokens = 450

    /// One process, because SQLite's file is for one process alone.
    @Test func theCapIsUsedAndNeverPassedOnSQLite() async throws {
        try await ChargingAI.with { ai in
            try await RunningService.with(environment: Self.environment(ai, deadline: "60s")) { service in
                let database = try await service.openDatabase()
                try await Self.setCap(on: database)
                let answers = try await Self.ask(Self.calls, [service.url], key: service.key)
                try await Self.check(answers, ai, database, isFull: true)
            }
        }
    }

    @Test func fourProcessesUseTheCapAndNeverPassIt() async throws {
        try await ChargingAI.with { ai in
            try await Self.withCluster(ai, deadline: "60s") { cluster, key, database in
                let answers = try await Self.ask(Self.calls, cluster.map(\.url), key: key)
                try await Self.check(answers, ai, database, isFull: true)
            }
        }
    }

    /// The provider's own book and the ledger differ by the calls that the dead process had under way, which are listed.
    @Test func whatAKilledProcessHadUnderWayIsListed() async throws {
        try await ChargingAI.with(latency: .milliseconds(400)) { ai in
            try await Self.withCluster(ai, deadline: "8s") { cluster, key, database in
                async let asking = Self.ask(400, cluster.map(\.url), key: key)
                try await eventually(timeout: .seconds(30), "calls are charged") { ai.book.count >= 20 }
                cluster[0].process.send(SIGKILL)
                let answers = try await asking
                #expect(answers.values.contains { $0 == nil }, "some callers lost their connection")
                // The deadline and a minute after it.
                try await eventually(timeout: .seconds(110), every: .seconds(1), "what was under way is settled") {
                    try await database.read { try $0.query("SELECT id FROM ai_reservations LIMIT 1").isEmpty }
                }
                try await Self.check(answers, ai, database, isFull: false)
            }
        }
    }

    // MARK: Parts

    private static func environment(_ ai: ChargingAI, deadline: String) -> [String: String] {
        [
            "OPENAI_BASE_URL": "http://127.0.0.1:\(ai.port)/a/v1", "OPENAI_API_KEY": "sk-race",
            "AI_MODELS_ENTERPRISE": "openai/race", "AI_MODEL_PRICES": "race=0/\(ChargingAI.price)",
            "AI_DEADLINE": deadline, "AI_TRIES": "1", "AI_CACHE_AGE": "0s", "AI_CIRCUIT_PAUSE": "0s",
        ]
    }

    private static func setCap(on database: any Database) async throws {
        let tenant = try #require(try await TenantStore(database).list().first).id
        try await BudgetStore(database).set(
            BudgetTerms(period: .month, cap: cap), tenant: tenant, byOperator: true, by: .service)
    }

    private static func withCluster(
        _ ai: ChargingAI, deadline: String,
        _ body: @Sendable ([APIProcess], _ key: String, any Database) async throws -> Void
    ) async throws {
        let temporal = try await TemporalServer.shared()
        let postgres = try await PostgresServer.shared()
        let name = try await postgres.makeDatabase()
        let environment = environment(ai, deadline: deadline).merging([
            "DATABASE_URL": postgres.url(name), "TEMPORAL_ADDRESS": temporal.address,
            "TEMPORAL_NAMESPACE": "race-\(UUID().uuidString.prefix(8).lowercased())",
        ]) { $1 }
        try await withTemporaryFolder { folder in
            var processes: [APIProcess] = []
            defer { for one in processes { one.process.send(SIGKILL) } }
            for number in 1...4 { processes.append(try await APIProcess(number, folder, environment)) }
            let key = try String(contentsOf: folder.appending(path: "data/api-key"), encoding: .utf8)
            let database = try PostgresDatabase(url: postgres.url(name))
            defer { database.close() }
            try await setCap(on: database)
            try await body(processes, key.trimmingCharacters(in: .whitespacesAndNewlines), database)
        }
        try await postgres.drop(name)
    }

    /// All at once; the status by number, nil where the connection was lost.
    private static func ask(_ count: Int, _ urls: [String], key: String) async throws -> [Int: Int?] {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = count
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let answers = await withTaskGroup(of: (Int, Int?).self) { group in
            for number in 0..<count {
                group.addTask {
                    var request = HTTPClientRequest(url: "\(urls[number % urls.count])/ai/test")
                    request.method = .POST
                    request.headers = ["Authorization": "Bearer \(key)", "Content-Type": "application/json"]
                    let body: JSONValue = [
                        "operation": "generate_text", "prompt": .string("Caller #\(number); wants a text."),
                        "max_tokens": .integer(Int64(maximumTokens)),
                    ]
                    request.body = .bytes(ByteBuffer(string: body.serialized()))
                    guard let response = try? await client.execute(request, timeout: .seconds(120)),
                        (try? await response.body.collect(upTo: 1 << 20)) != nil
                    else { return (number, nil) }
                    return (number, Int(response.status.code))
                }
            }
            return await group.reduce(into: [Int: Int?]()) { $0.updateValue($1.1, forKey: $1.0) }
        }
        try await client.shutdown()
        return answers
    }

    private static func check(
        _ answers: [Int: Int?], _ ai: ChargingAI, _ database: any Database, isFull: Bool
    ) async throws {
        let rows = try await database.read { connection in
            try connection.query(
                "SELECT cost_microdollars AS cost, COALESCE(error_code, 'ok') AS code FROM ai_usage_logs"
            )
            .map { (cost: try $0.get("cost", as: Int64.self), code: try $0.get("code", as: String.self)) }
        }
        let spent = rows.reduce(0) { $0 + $1.cost }
        let known = rows.filter { $0.code != UsageRecord.unknownOutcome }
        let unknown = rows.count - known.count
        let book = ai.book
        let charged = book.values.reduce(0, +)
        let answered = answers.filter { $0.value == 200 }.count
        let codes = Dictionary(grouping: answers.values, by: { $0 }).mapValues(\.count)
        print(
            "AI budget race: \(spent) of \(cap) micro-dollars in the ledger, \(charged) in the provider's book;",
            "\(answered) answers, \(unknown) of unknown outcome, statuses \(codes.map { "\($0.map { "\($0)" } ?? "cut"): \($1)" }.sorted())"
        )
        #expect(spent <= cap)
        let standing = try #require(
            try await BudgetStore(database).standings(tenant: nil).first { $0.budget.terms.cap == cap })
        #expect(standing.used == spent && standing.reserved == 0)
        #expect(known.filter { $0.code == "ok" }.count >= answered)
        if isFull {
            #expect(spent >= cap * 99 / 100)
            #expect(unknown == 0 && spent == Int64(charged))
        } else {
            // A call that is unknown was charged for, or never reached the provider; it counts at its maximum.
            #expect(unknown > 0)
            let most = Int64(maximumTokens * ChargingAI.price)
            let difference = Int64(charged) - known.reduce(0) { $0 + $1.cost }
            #expect((0...Int64(unknown) * most).contains(difference))
            #expect(spent >= Int64(charged))
        }
    }
}

/// `serve --role api`, on what the others share.
private struct APIProcess: Sendable {
    let process: ServiceProcess
    let url: String

    init(_ number: Int, _ folder: URL, _ environment: [String: String]) async throws {
        let output = folder.appending(path: "api-\(number).log")
        process = try ServiceProcess(
            [
                Package.program.path, "serve", "--role", "api", "--port", "0", "--data",
                folder.appending(path: "data").path,
            ], environment: Package.environment.merging(environment) { $1 }, output: output)
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
            if text.contains("Temporal: "), text.hasSuffix("\n"),
                let url = text.split(whereSeparator: \.isWhitespace).first(where: { $0.hasSuffix("/workflows") })
            {
                self.url = String(url)
                return
            }
            guard process.ended == nil, ContinuousClock.now < deadline else {
                throw ServiceProcess.Failed(description: "the API is not up:\n\(text)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
