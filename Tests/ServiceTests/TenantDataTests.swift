import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import NIOHTTP1
import Storage
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A server that a workflow calls: notes the credentials it gets, and tells them back, as careless servers do.
final class CalledServer: Sendable {
    private let seen = Mutex<[String]>([])
    private let portBox = Mutex(0)

    var port: Int { portBox.withLock { $0 } }
    /// The `Authorization` of each request.
    var credentials: [String] { seen.withLock { $0 } }

    static func with<Result: Sendable>(_ body: @Sendable (CalledServer) async throws -> Result) async throws -> Result {
        let server = CalledServer()
        let router = Router()
        router.get("echo") { request, _ in
            let credential = request.headers[.authorization] ?? "none"
            server.seen.withLock { $0.append(credential) }
            return "you sent \(credential)"
        }
        router.get("elsewhere") { _, _ in
            Response(status: .found, headers: [.location: "http://localhost:\(server.port)/echo"])
        }
        router.get("refuse") { request, _ in
            Response(
                status: .badRequest,
                body: ResponseBody(byteBuffer: ByteBuffer(string: "no: \(request.headers[.authorization] ?? "")")))
        }
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "called") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            let bound = await iterator.next() ?? 0
            server.portBox.withLock { $0 = bound }
            defer { group.cancelAll() }
            return try await body(server)
        }
    }
}

/// Secrets on their way to where they belong, and the export and erasure of tenants, in one service's lives.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct TenantDataTests {
    private static let secret = "Xq7-secret\"of+the/test-9"

    @Test func secretsReachTheServerAndNothingElseAndErasureSurvivesKills() async throws {
        try await CalledServer.with { server in
            let environment = [
                "WORKFLOW_HTTP_ALLOW": "127.0.0.1:\(server.port),localhost:\(server.port)",
                "WORKFLOW_LOG_LEVEL": "trace",
            ]
            try await RunningService.with(environment: environment) { service in
                let tenant = try await service.newTenant("secretive", ["tier": "enterprise"])
                let kept = try await service.newTenant("kept", ["tier": "enterprise"])
                try await Self.useSecrets(service, tenant, server)
                try await Self.exportHoldsAll(service, tenant)
                try await Self.guessersAreSlowedDown(service, known: [service.key, tenant.key, kept.key])
                try await Self.erase(service, tenant, keeping: kept, environment)
            }
        }
    }

    private static func install(
        _ name: String, path: String, _ service: RunningService, _ tenant: String, _ server: CalledServer
    ) async throws {
        let definition: JSONValue = [
            "document": ["dsl": "1.0.3", "namespace": "test", "name": .string(name), "version": "1.0.0"],
            "use": ["secrets": ["token"]],
            "do": [
                [
                    "ask": [
                        "call": "http",
                        "with": [
                            "method": "GET", "endpoint": .string("http://127.0.0.1:\(server.port)/\(path)"),
                            "headers": ["Authorization": #"${ "Bearer " + $secrets.token + .suffix }"#],
                            "redirect": true,
                        ],
                    ]
                ]
            ],
        ]
        let database = try await service.openDatabase()
        _ = try await DefinitionStore(database).upsert(
            StoredDefinition(
                name: name, description: nil, category: "test", version: "1.0.0", definition: definition,
                enhancementPoints: [], source: definition.serialized(),
                tenantID: try #require(UUID(uuidString: tenant)), createdBy: UUID()))
    }

    private static func useSecrets(
        _ service: RunningService, _ tenant: (id: String, key: String), _ server: CalledServer
    ) async throws {
        for (name, path) in [("ask", "echo"), ("ask-elsewhere", "elsewhere"), ("ask-refused", "refuse")] {
            try await install(name, path: path, service, tenant.id, server)
        }
        func execute(_ template: String) async throws -> Answer {
            let body: JSONValue = ["template": .string(template), "input": ["suffix": "-end"]]
            let answer = try await service.post("/execute?wait=60s", body.serialized(), key: tenant.key)
            return try await service.closed(answer.id, key: tenant.key)
        }
        let missing = try await execute("ask")
        #expect(missing.executionStatus == "failed" && missing.description.contains("no secret token"), "\(missing)")

        #expect(
            try await service.send(.PUT, "/secrets/token", ["value": .string(secret)], key: tenant.key).status == 201)
        let done = try await execute("ask")
        #expect(server.credentials == ["Bearer \(secret)-end"], "the real value reached the server")
        #expect(done.executionStatus == "completed" && done.result == "you sent Bearer ***-end", "\(done)")
        let away = try await execute("ask-elsewhere")
        #expect(away.executionStatus == "failed" && server.credentials.count == 1, "\(away)")
        let refused = try await execute("ask-refused")
        #expect(refused.executionStatus == "failed" && refused.description.contains("no: Bearer ***-end"), "\(refused)")

        // Nowhere else: histories, rows, files, logs, answers.
        let forms =
            [secret, String(JSONValue.string(secret).serialized().dropFirst().dropLast()), "Xq7-secret"]
            .map { Data($0.utf8) } + [Data(Data(secret.utf8).base64EncodedString().utf8)]
        for id in [done.id, away.id, refused.id] {
            let history = try await service.temporalJSON("workflow", "show", "-w", id).serialized()
            #expect(history.contains("EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"))
            #expect(!history.contains("Xq7-secret"))
            // Payloads stand in base64 in a history.
            for match in history.matches(of: /"data": ?"([A-Za-z0-9+\/=]+)"/) {
                let bytes = Data(base64Encoded: String(match.1)) ?? Data()
                #expect(bytes.range(of: Data("Xq7-secret".utf8)) == nil)
            }
            let answer = try await service.get("/executions/\(id)", key: tenant.key)
            #expect(!answer.description.contains("Xq7-secret"))
        }
        let folder = service.data.deletingLastPathComponent()
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.isRegularFileKey])
        var looked = 0
        for case let file as URL in try #require(files).allObjects {
            guard let data = try? Data(contentsOf: file) else { continue }
            looked += 1
            for form in forms { #expect(data.range(of: form) == nil, "a secret lies in \(file.lastPathComponent)") }
        }
        #expect(looked > 5)
    }

    private static func lines(_ service: RunningService, _ path: String, _ key: String) async throws -> [JSONValue] {
        var request = HTTPClientRequest(url: service.url + path)
        request.headers.add(name: "Authorization", value: "Bearer \(key)")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        #expect(response.status == .ok && response.headers.first(name: "Content-Type") == "application/jsonl")
        let text = String(buffer: try await response.body.collect(upTo: 64 << 20))
        return try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }

    private static func exportHoldsAll(_ service: RunningService, _ tenant: (id: String, key: String)) async throws {
        let content = Data((0..<500_000).map { _ in UInt8.random(in: 0...255) })
        let document = try await service.upload(content, "application/octet-stream", key: tenant.key)
        let lines = try await lines(service, "/tenant/export", tenant.key)
        func rows(_ table: String) -> [JSONValue] {
            lines.filter { $0["table"]?.string == table }.compactMap { $0["row"] }
        }
        #expect(rows("tenants").compactMap { $0["id"]?.string } == [tenant.id])
        #expect(rows("workflow_executions").count == 4 && rows("workflow_definitions").count == 3)
        #expect(
            rows("workflow_executions").allSatisfy {
                $0["input"]?["suffix"] == "-end" && $0["started_at"]?.string != nil
            })
        #expect(rows("secrets").compactMap { $0["name"]?.string } == ["token"])
        #expect(rows("api_keys").allSatisfy { $0["digest"] == nil && $0["prefix"] != nil })
        let pieces = lines.filter { $0["document"]?.string == document }.compactMap {
            $0["content_base64"]?.string.flatMap { Data(base64Encoded: $0) }
        }
        #expect(pieces.count == 3 && pieces.reduce(Data(), +) == content)
        #expect(!lines.contains { $0.serialized().contains("Xq7-secret") })
        let operators = try await Self.lines(service, "/tenants/\(tenant.id)/export", try service.operatorKey)
        #expect(operators.count >= lines.count)
        let others = try await service.get("/tenant", key: service.key).id
        #expect(!lines.contains { $0.serialized().contains(others) })
    }

    /// Beyond 300 failures a minute nothing is looked up for an address, but for keys that were seen.
    private static func guessersAreSlowedDown(_ service: RunningService, known: [String]) async throws {
        for key in known { #expect(try await service.get("/tenant", key: key).status == 200) }
        var statuses: [Int] = []
        for _ in 0..<320 {
            let guess = "wfs_" + (0..<43).map { _ in String("abcdefghij".randomElement() ?? "a") }.joined()
            statuses.append(try await service.get("/tenant", key: guess).status)
        }
        #expect(statuses.first == 401 && statuses.last == 429 && Set(statuses) == [401, 429])
        for key in known { #expect(try await service.get("/tenant", key: key).status == 200) }
    }

    private static func erase(
        _ first: RunningService, _ tenant: (id: String, key: String), keeping kept: (id: String, key: String),
        _ environment: [String: String]
    ) async throws {
        let text = String(repeating: "A long text of Maria Keller. ", count: 8_000)
        let large = try await first.execute(text: text, key: tenant.key).id
        let other = try await first.execute(text: text, key: kept.key).id
        #expect(try await first.closed(large, key: tenant.key).executionStatus == "completed")
        #expect(try await first.closed(other, key: kept.key).executionStatus == "completed")
        for number in 0..<10 { _ = try await first.execute(text: "Open \(number).", key: tenant.key) }
        func payloads(_ id: String) -> Bool {
            FileManager.default.fileExists(
                atPath: first.data.appendingPathComponent("payloads/workflow-service.\(id)").path)
        }
        #expect(payloads(large) && payloads(other))
        let path = "/tenants/\(tenant.id)"
        let begun = try await first.send(.DELETE, path, nil, key: try first.operatorKey)
        #expect(begun.status == 202 && begun["status"] == "erasing")
        try await eventually { try await first.get("/executions", key: tenant.key).status != 200 }
        var service = first
        for pause in [0, 400] {
            try await Task.sleep(for: .milliseconds(pause))
            service.process.send(SIGKILL)
            try await service.process.waitUntilEnded()
            service = try await RunningService.start(data: first.data, environment: environment)
        }
        let running = service
        try await eventually(timeout: .seconds(60), every: .milliseconds(500)) {
            try await running.send(.GET, path, nil, key: try running.operatorKey).status == 404
        }
        #expect(try await service.send(.DELETE, path, nil, key: try service.operatorKey).status == 404)
        #expect(try await service.get("/tenant", key: tenant.key).status == 401)
        // Nothing of it is left but the tombstone, and nothing of another is gone.
        let log = try await service.send(.GET, "\(path)/audit", nil, key: try service.operatorKey)
        #expect(log["entries"]?.array?.compactMap { $0["action"]?.string } == ["tenant.erased"], "\(log)")
        #expect(log["entries"]?[0]?["actor"] == "operator")
        let database = try await service.openDatabase()
        for table in TenantTable.all where table.name != "webhook_attempts" {
            let left = try await database.read {
                try $0.query("SELECT 1 AS one FROM \(table.name) WHERE tenant_id = ?", [tenant.id])
            }
            #expect(left.isEmpty, "\(table.name)")
        }
        #expect(!payloads(large) && payloads(other))
        let documents = service.data.appendingPathComponent("documents/\(tenant.id)").path
        #expect(!FileManager.default.fileExists(atPath: documents))
        let runs = try await service.temporalJSON("workflow", "list", "-q", "TenantId = '\(tenant.id)'")
        #expect(runs.array?.isEmpty ?? true, "\(runs)")
        #expect(try await service.temporal(["workflow", "describe", "-w", large]).status != 0)
        let answer = try await service.get("/executions/\(other)", key: kept.key)
        #expect(answer.executionStatus == "completed" && answer["steps"]?.array?.isEmpty == false)
    }
}
