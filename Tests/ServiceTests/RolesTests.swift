import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import Storage
import StoragePostgres
import TestSupport
import Testing

/// Several processes of each role on one PostgreSQL, one Temporal and one folder.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct RolesTests {
    @Test func processesOfBothRolesShareTheWork() async throws {
        let temporal = try await TemporalServer.shared()
        let postgres = try await PostgresServer.shared()
        let database = try await postgres.makeDatabase()
        try await withTemporaryFolder { folder in
            let cluster = Cluster(
                folder: folder,
                environment: [
                    "DATABASE_URL": postgres.url(database), "TEMPORAL_ADDRESS": temporal.address,
                    "TEMPORAL_NAMESPACE": "roles-\(UUID().uuidString.prefix(8).lowercased())",
                ])
            defer { cluster.kill() }
            let first = try await cluster.start("api", "--port", "0")
            let second = try await cluster.start("api", "--port", "0")
            // Nobody polls yet: what is accepted waits.
            let key = try String(contentsOf: cluster.data.appending(path: "api-key"), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let accepted = try await cluster.execute(first.url, key: key)
            #expect(accepted["status"]?.string != "completed")
            let one = try await cluster.start("worker", "--monitoring-port", "0")
            let two = try await cluster.start("worker")
            let id = accepted["id"]?.string ?? ""
            // The other API process tells of it, and refuses what it does not have.
            try await eventually(timeout: .seconds(60), "\(id) completes") {
                try await cluster.get("\(second.url)/executions/\(id)", key: key)["status"] == "completed"
            }
            // A worker answers health, and nothing else.
            #expect(try await cluster.get("\(one.url)/workflows/health", key: nil)["checks"] != nil)
            #expect(try await cluster.get("\(one.url)/workflows/templates", key: key)["status"] == 404)
            // One worker killed, the other goes on.
            one.process.send(SIGKILL)
            let next = try await cluster.execute(second.url, key: key)
            try await eventually(timeout: .seconds(60), "the other worker does it") {
                let state = try await cluster.get("\(first.url)/executions/\(next["id"]?.string ?? "")", key: key)
                return state["status"] == "completed"
            }
            let left = try await Self.killWhoReconciles([first, second], database: postgres.url(database))
            for process in [left, two] {
                process.process.send(SIGTERM)
                #expect(try await process.process.waitUntilEnded() == 0)
            }
        }
        try await postgres.drop(database)
    }

    @Test func aChangeOfTheLogLevelReachesEveryProcess() async throws {
        let temporal = try await TemporalServer.shared()
        let postgres = try await PostgresServer.shared()
        let database = try await postgres.makeDatabase()
        try await withTemporaryFolder { folder in
            let cluster = Cluster(
                folder: folder,
                environment: [
                    "DATABASE_URL": postgres.url(database), "TEMPORAL_ADDRESS": temporal.address,
                    "TEMPORAL_NAMESPACE": "levels-\(UUID().uuidString.prefix(8).lowercased())",
                ])
            defer { cluster.kill() }
            let api = try await cluster.start("api", "--port", "0")
            let worker = try await cluster.start("worker")
            func key(_ name: String) throws -> String {
                try String(contentsOf: cluster.data.appending(path: name), encoding: .utf8)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
            }
            func complete() async throws {
                let id = try await cluster.execute(api.url, key: try key("api-key"))["id"]?.string ?? ""
                try await eventually(timeout: .seconds(60), "\(id) completes") {
                    try await cluster.get("\(api.url)/executions/\(id)", key: try key("api-key"))["status"]
                        == "completed"
                }
            }
            func logged(_ text: String, by member: Cluster.Member, _ what: Comment) async throws {
                try await eventually(timeout: .seconds(20), what) {
                    try String(contentsOf: member.output, encoding: .utf8).contains(text)
                }
            }
            try await complete()
            // Below the configured level.
            let told = "Activity completed"
            #expect(try !String(contentsOf: worker.output, encoding: .utf8).contains(told))
            let changed = try await cluster.put(
                "\(api.url)/log-level", ["level": "info", "for_seconds": 3600], key: try key("operator-key"))
            #expect(changed["level"] == "info" && changed["configured"] == "notice", "\(changed)")
            try await logged("The log level changed", by: worker, "the worker hears of it")
            try await complete()
            try await logged(told, by: worker, "the worker tells more")

            // One that starts meanwhile takes it over.
            worker.process.send(SIGKILL)
            let next = try await cluster.start("worker")
            try await complete()
            try await logged(told, by: next, "the next worker tells as much")

            // A change without an end ends with the process.
            _ = try await cluster.put("\(api.url)/log-level", ["level": "info"], key: try key("operator-key"))
            try await logged("The log level changed", by: next, "the next worker hears of it")
            next.process.send(SIGKILL)
            let last = try await cluster.start("worker")
            try await complete()
            #expect(try !String(contentsOf: last.output, encoding: .utf8).contains(told))
        }
        try await postgres.drop(database)
    }

    /// Kills the API that holds the reconciler's lease: the other starts what was promised, soon. Returns the other.
    private static func killWhoReconciles(_ apis: [Cluster.Member], database url: String) async throws -> Cluster.Member
    {
        let database = try PostgresDatabase(url: url)
        defer { database.close() }
        let (tenant, definition, holder) = try await database.read { connection in
            func first<Value: DatabaseConvertible>(_ column: String, of table: String) throws -> Value {
                try #require(try connection.query("SELECT \(column) FROM \(table)").first).get(column)
            }
            return (
                try first("id", of: "tenants") as UUID, try first("id", of: "workflow_definitions") as UUID,
                try first("holder", of: "leases WHERE name = 'reconciler'") as String
            )
        }
        let isHolder = { (api: Cluster.Member) in holder.hasPrefix("\(api.process.pid)-") }
        try #require(apis.count(where: isHolder) == 1, "\(holder)")
        for api in apis where isHolder(api) { api.process.send(SIGKILL) }
        let begin = ContinuousClock.now
        let promised = try await ExecutionStore(database).insert(
            NewExecution(
                tenantID: tenant, definitionID: definition, input: ["document": ["content_base64": "QSB0ZXh0Lg=="]],
                aiEnhanced: false, startedAt: Date(timeIntervalSinceNow: -10))
        ).execution.id
        // A lease of 6 s, asked for each 2 s, then a round at once.
        try await eventually(timeout: .seconds(20), every: .milliseconds(100), "the other API starts it") {
            try await ExecutionStore(database).get(promised)?.status == .completed
        }
        print("reconciler: another process went on \(ContinuousClock.now - begin) after the kill of its holder")
        return try #require(apis.first { !isHolder($0) })
    }

    @Test(arguments: ["api", "worker"])
    func roleOfItsOwnNeedsWhatProcessesShare(role: String) async throws {
        try await withTemporaryFolder { folder in
            let refused = try await run(Package.program.path, ["serve", "--role", role], in: folder)
            #expect(refused.status == 2 && refused.error.contains("TEMPORAL_ADDRESS and DATABASE_URL"), "\(refused)")
        }
    }
}

/// The processes of a test, on one folder.
private final class Cluster {
    struct Member {
        let process: ServiceProcess
        /// Of an API `http://127.0.0.1:PORT/workflows`; of a worker where it answers health, or "worker".
        let url: String
        let output: URL
    }

    let folder: URL
    private let environment: [String: String]
    private var members: [ServiceProcess] = []

    var data: URL { folder.appending(path: "data") }

    init(folder: URL, environment: [String: String]) {
        self.folder = folder
        self.environment = environment
    }

    /// Returns when it has said what it is.
    func start(_ role: String, _ arguments: String...) async throws -> Member {
        let output = folder.appending(path: "\(role)-\(members.count).log")
        let process = try ServiceProcess(
            [Package.program.path, "serve", "--role", role, "--data", data.path] + arguments,
            environment: Package.environment.merging(environment) { $1 }, output: output)
        members.append(process)
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
            if text.contains("Temporal: "),
                let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Workflow Service ") }),
                let what = line.split(separator: " ").last, text.hasSuffix("\n")
            {
                let monitoring = text.split(separator: "\n").first { $0.hasPrefix("Monitoring: ") }
                return Member(
                    process: process, url: String(monitoring?.dropFirst("Monitoring: ".count) ?? what), output: output)
            }
            guard process.ended == nil, ContinuousClock.now < deadline else {
                throw ServiceProcess.Failed(description: "\(role) is not up:\n\(text)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    func kill() {
        for process in members { process.send(SIGKILL) }
    }

    func execute(_ url: String, key: String) async throws -> JSONValue {
        var request = HTTPClientRequest(url: "\(url)/execute")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(
            ByteBuffer(
                string:
                    #"{"template": "document-processing", "input": {"document": {"content_base64": "QSB0ZXh0Lg=="}}}"#))
        return try await send(request, key: key)
    }

    func get(_ url: String, key: String?) async throws -> JSONValue {
        try await send(HTTPClientRequest(url: url), key: key)
    }

    func put(_ url: String, _ body: JSONValue, key: String) async throws -> JSONValue {
        var request = HTTPClientRequest(url: url)
        request.method = .PUT
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: body.serialized()))
        return try await send(request, key: key)
    }

    private func send(_ request: HTTPClientRequest, key: String?) async throws -> JSONValue {
        var request = request
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return try JSONValue(parsing: [UInt8]((try await response.body.collect(upTo: 1 << 20)).readableBytesView))
    }
}
