import DevelopmentServer
import Foundation
import Hummingbird
import JSON
import Logging
import Storage
import Synchronization
import TestSupport
import Testing

/// Writes the histories that `Tests/WorkerTests` folds for ever, as the service's own processes make them
/// (docs/testing.md). A file that is there stays: what an engine once recorded is never replaced.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["RECORD_HISTORIES"] != nil, "runs with RECORD_HISTORIES=1"),
    .timeLimit(.minutes(4)))
struct HistoryRecorder {
    private static let folder = Package.root.appending(path: "Tests/WorkerTests/Histories")

    /// By name; `URL` stands for the address of `Echo`.
    private static let definitions: [String: String] = [
        "wait": """
        - before: { set: { at: '${ .n + 1 }' } }
        - nap: { wait: { milliseconds: 700 } }
        - choose: { switch: [ { more: { when: .at > 1, then: after } }, { less: { then: end } } ] }
        - never: { set: { at: 0 } }
        - after: { set: { at: '${ .at }', input: '${ $workflow.input }' } }
        """,
        "http": """
        - ask: { call: http, with: { method: post, endpoint: 'URL/echo/http', body: { n: '${ .n }' } } }
        - tell: { set: { answer: '${ . }' } }
        """,
        "retry": """
        - outer:
            try: [ { ask: { call: http, with: { method: get, endpoint: 'URL/flaky/retry' } } } ]
            catch:
              errors: { with: { status: 404 } }
              retry:
                delay: { milliseconds: 100 }
                backoff: { exponential: {} }
                jitter: { from: { milliseconds: 10 }, to: { milliseconds: 90 } }
                limit: { attempt: { count: 5 } }
        - caught:
            try: [ { bad: { raise: { error: { type: 'https://example.com/errors/bad', status: 422, title: Bad } } } } ]
            catch: { as: err, do: [ { mend: { set: { before: '${ . }', caught: '${ $err.status }' } } } ] }
        """,
        "fork": """
        - all:
            fork:
              branches:
                - a: { call: http, with: { method: get, endpoint: 'URL/echo/a' } }
                - b: { do: [ { nap: { wait: { milliseconds: 300 } } }, { say: { set: { b: true } } } ] }
                - c: { set: { c: '${ .n }' } }
        - race:
            fork:
              compete: true
              branches:
                - quick: { do: [ { nap: { wait: { milliseconds: 200 } } }, { won: { set: { by: quick } } } ] }
                - slow: { wait: { hours: 1 } }
                - never: { call: http, with: { method: get, endpoint: 'URL/slow/never' } }
        """,
        "for": """
        - rounds:
            for: { each: n, in: '${ [range(4)] }', at: i }
            do:
              - one: { call: http, with: { method: post, endpoint: 'URL/echo/for', body: { n: '${ $n }' } } }
              - add: { set: { last: '${ $n }', index: '${ $i }' } }
        """,
        "timeout": """
        - late:
            try: [ { slow: { timeout: { after: { milliseconds: 300 } }, do: [ { nap: { wait: { hours: 1 } } } ] } } ]
            catch: { errors: { with: { status: 408 } }, do: [ { note: { set: { late: '${ $error.status }' } } } ] }
        - quick: { timeout: { after: { minutes: 1 } }, call: http, with: { method: get, endpoint: 'URL/echo/quick' } }
        """,
        "failed": """
        - bad: { raise: { error: { type: 'https://example.com/errors/bad', status: 422, title: Bad, detail: '${ "n is \\(.n)" }' } } }
        """,
        "cancelled": """
        - nap: { wait: { hours: 1 } }
        """,
        "paused": """
        - nap: { wait: { seconds: 1 } }
        - ask: { call: http, with: { method: get, endpoint: 'URL/echo/paused' } }
        """,
        "chain": """
        - rounds:
            for: { each: n, in: '${ [range(30)] }' }
            do: [ { one: { call: http, with: { method: post, endpoint: 'URL/echo/chain', body: { n: '${ $n }' } } } } ]
        """,
    ]

    @Test func recordsWhatTheServiceRuns() async throws {
        var temporal = DevelopmentServer.Configuration.forTests
        // Some hundred events, instead of thousands, make a run continue as new.
        temporal.dynamicConfiguration.append("limit.historyCount.suggestContinueAsNew=120")
        let configuration = temporal
        try await Echo.with { port in
            try await TemporalServer.with(configuration) { server in
                let environment = ["TEMPORAL_ADDRESS": server.address, "WORKFLOW_HTTP_ALLOW": "127.0.0.1:\(port)"]
                try await RunningService.with(environment: environment) { service in
                    let database = try await service.openDatabase()
                    for (name, tasks) in Self.definitions {
                        let tasks = tasks.replacing("URL", with: "http://127.0.0.1:\(port)")
                        try await installTemplate(name, tasks, in: database)
                    }
                    // Its caches hear of it within a second.
                    try await Task.sleep(for: .seconds(2))
                    for name in Self.definitions.keys.sorted() {
                        try await Self.record(name, Self.execute(name, service), service, database)
                    }
                    for (name, enhanced) in [("plain", false), ("enhanced", true)] {
                        let text = "Report of Maria Keller, written on 5 October 2026 for Brightwater Logistics Ltd."
                        let done = try await service.execute(text: text, enhanced: enhanced, wait: 60)
                        try await Self.record(name, done.id, service, database)
                    }
                    let tenant = try #require(UUID(uuidString: try await service.get("/tenant").id))
                    try await EnhancementStore(database).set(
                        PointSetting(template: "document-processing", point: "summary", isEnabled: false),
                        tenant: tenant, by: AuditActor(tenantID: tenant, principalID: nil, name: "recorder"))
                    try await Task.sleep(for: .seconds(2))
                    let text = "Invoice 7 of Brightwater Logistics Ltd."
                    let done = try await service.execute(text: text, enhanced: true, wait: 60)
                    try await Self.record("point-off", done.id, service, database)
                }
            }
        }
    }

    /// Starts it and does to it what its name says.
    private static func execute(_ name: String, _ service: RunningService) async throws -> String {
        let id = try await service.post("/execute", #"{"template": "\#(name)", "input": {"n": 3}}"#).id
        if ["paused", "cancelled"].contains(name) {
            try await eventually(timeout: .seconds(20), "it naps") {
                try await service.get("/executions/\(id)")["steps"]?.array?.count == 1
            }
        }
        if name == "cancelled" { _ = try await service.post("/executions/\(id)/cancel", "", type: nil) }
        if name == "paused" {
            _ = try await service.post("/executions/\(id)/pause", "", type: nil)
            try await Task.sleep(for: .seconds(3))
            _ = try await service.post("/executions/\(id)/resume", "", type: nil)
        }
        let closed = try await service.closed(id)
        let expected = ["failed", "cancelled"].contains(name) ? name : "completed"
        #expect(closed.executionStatus == expected, "\(closed)")
        return id
    }

    /// Each run of the execution as `engine-VERSION-NAME.json`, an event a line.
    private static func record(
        _ name: String, _ id: String, _ service: RunningService, _ database: any Database
    ) async throws {
        let execution = try #require(UUID(uuidString: id))
        let runs = try await database.read { connection in
            try connection.query(
                "SELECT run_id FROM execution_histories WHERE execution_id = ? ORDER BY archived_at", [execution]
            ).map { try $0.get("run_id", as: String.self) }
        }
        try #require(!runs.isEmpty)
        for (index, run) in runs.enumerated() {
            let shown = try await service.temporalJSON(
                "workflow", "show", "-w", id, "-r", run, "--no-json-shorthand-payloads")
            let events = try #require(shown["events"]?.array)
            let payloads = events.first?["workflowExecutionStartedEventAttributes"]?["input"]?["payloads"]
            let pin = try #require(payloads?[1]?["data"]?.string.flatMap { Data(base64Encoded: $0) })
            let version = try #require(try JSONValue(parsing: [UInt8](pin))["engine_version"]?.integer)
            let part = index == 0 ? "" : "-\(index + 1)"
            let file = folder.appending(path: "engine-\(version)-\(name)\(part).json")
            guard !FileManager.default.fileExists(atPath: file.path) else { continue }
            let lines = events.map { anonymous($0).serialized() }.joined(separator: ",\n")
            try Data("{\"events\": [\n\(lines)\n]}\n".utf8).write(to: file)
            print("recorded \(file.lastPathComponent), \(events.count) events")
        }
    }

    /// Without the names of machines.
    private static func anonymous(_ value: JSONValue) -> JSONValue {
        if let object = value.object {
            return .object(
                JSONObject(
                    object.map { (key: $0.key, value: $0.key == "identity" ? "recorder" : anonymous($0.value)) }))
        }
        return value.array.map { .array($0.map(anonymous)) } ?? value
    }
}

/// What the recorded definitions call: says what was asked, at once, after four seconds, or from the third time on.
private enum Echo {
    static func with(_ body: @Sendable (Int) async throws -> Void) async throws {
        let asked = Mutex(0)
        let router = Router()
        router.get("echo/:name") { _, context in try context.parameters.require("name") }
        router.post("echo/:name") { _, context in try context.parameters.require("name") }
        router.get("slow/:name") { _, context in
            try await Task.sleep(for: .seconds(4))
            return try context.parameters.require("name")
        }
        router.get("flaky/:name") { _, context in
            let count = asked.withLock { count in
                count += 1
                return count
            }
            guard count > 2 else { throw HTTPError(.notFound) }
            return try context.parameters.require("name")
        }
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "echo") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            let number = await iterator.next() ?? 0
            defer { group.cancelAll() }
            try await body(number)
        }
    }
}
