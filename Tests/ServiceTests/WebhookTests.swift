import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The receiver of `Examples/webhook-receiver`, which verifies with the official Python package of Standard Webhooks.
struct ExampleReceiver: Sendable {
    let process: ServiceProcess
    private let output: URL

    /// On a port that was free a moment ago.
    static func start(port: Int, secret: String, in folder: URL) throws -> ExampleReceiver {
        let output = folder.appendingPathComponent("receiver-\(port).log")
        let script = Package.examples.appending(path: "webhook-receiver/receiver.py").path
        let process = try ServiceProcess(
            [Package.python, "-B", script, "\(port)"],
            environment: Package.environment.merging(["WEBHOOK_SECRET": secret]) { $1 }, output: output)
        return ExampleReceiver(process: process, output: output)
    }

    /// What it printed: one object a message, or why it refused one.
    var events: [JSONValue] {
        let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
    }

    func events(_ type: String) -> [JSONValue] { events.filter { $0["type"]?.string == type } }

    static func freePort() throws -> Int {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, length) == 0 && getsockname(file, $0, &length) == 0
            }
        }
        try #require(bound)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

extension RunningService {
    func patch(_ path: String, _ body: String, key: String? = nil) async throws -> Answer {
        try await send(
            .PATCH, path, headers: ["Content-Type": "application/json"], body: .bytes(ByteBuffer(string: body)),
            key: key ?? self.key)
    }

    /// With the answer's status, id and secret.
    func makeWebhook(port: Int, events: [String]? = nil, key: String? = nil) async throws -> (
        id: String, secret: String
    ) {
        var body: JSONObject = ["url": .string("http://127.0.0.1:\(port)/hook")]
        body["events"] = events.map { .array($0.map { .string($0) }) }
        let answer = try await post("/webhooks", JSONValue.object(body).serialized(), key: key)
        try #require(answer.status == 201, "\(answer)")
        return (answer.id, try #require(answer["secret"]?.string))
    }
}

/// Webhooks of the running program.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct WebhookTests {
    private static let environment = ["WORKFLOW_HTTP_ALLOW": "127.0.0.1"]

    @Test func endOfAnExecutionArrivesVerifiedAndSurvivesAKill() async throws {
        try await RunningService.with(environment: Self.environment) { first in
            let port = try ExampleReceiver.freePort()
            let (id, secret) = try await first.makeWebhook(port: port)
            // Nobody listens yet: the event waits, over a kill right after the end.
            let execution = try await first.execute(text: "Told to others.", wait: 60)
            #expect(execution.executionStatus == "completed", "\(execution)")
            first.process.send(SIGKILL)
            try await first.process.waitUntilEnded()

            let receiver = try ExampleReceiver.start(port: port, secret: secret, in: first.data)
            defer { receiver.process.send(SIGKILL) }
            let service = try await RunningService.start(data: first.data, environment: Self.environment)
            try await eventually(timeout: .seconds(90), every: .milliseconds(200), "the event arrives") {
                !receiver.events("execution.completed").isEmpty
            }
            let event = try #require(receiver.events("execution.completed").first)
            #expect(event["data"]?["id"]?.string == execution.id && event["data"]?["status"] == "completed", "\(event)")
            #expect(event["data"]?["template"] == "document-processing")
            let log = try await service.get("/webhooks/\(id)/deliveries")["deliveries"]?.array ?? []
            #expect(log.count == 1 && log[0]["id"] == event["id"] && log[0]["execution_id"]?.string == execution.id)
            #expect(log.first?["payload"]?["data"] == event["data"])

            // Two secrets while one is exchanged: the receiver goes on with the old one.
            let rotated = try await service.post("/webhooks/\(id)/rotate", #"{"overlap": 60}"#)
            #expect(rotated.status == 200 && rotated["secret"]?.string != secret, "\(rotated)")
            let tested = try await service.post("/webhooks/\(id)/test", "", type: nil)
            #expect(tested.status == 202, "\(tested)")
            try await eventually(timeout: .seconds(30)) { receiver.events("webhook.test").count == 1 }
            // At once, it does not: the receiver refuses what it cannot verify, and is told again later.
            _ = try await service.post("/webhooks/\(id)/rotate", #"{"overlap": 0}"#)
            _ = try await service.post("/webhooks/\(id)/test", "", type: nil)
            try await eventually(timeout: .seconds(30)) { receiver.events.contains { $0["refused"] != nil } }
            try await eventually(timeout: .seconds(10)) {
                let log = try await service.get("/webhooks/\(id)/deliveries?status=pending")["deliveries"]?.array ?? []
                return log.first?["attempt_log"]?[0]?["response_status"] == 400
                    && log.first?["next_attempt_at"]?.string != nil
            }
            service.process.send(SIGTERM)
            try await service.process.waitUntilEnded()
        }
    }
}

extension SharedService {
    /// The routes; nothing is sent anywhere.
    @Suite struct WebhookRouteTests {
        @Test func webhookIsMadeShownChangedAndRemoved() async throws {
            let service = try service
            let key = try SharedService.current.basic.key
            let made = try await service.post(
                "/webhooks", #"{"url": "https://example.com/h", "events": ["execution.failed"], "description": "d"}"#,
                key: key)
            #expect(made.status == 201 && made["secret"]?.string?.hasPrefix("whsec_") == true, "\(made)")
            #expect(made.headers.first(name: "Location") == "/workflows/webhooks/\(made.id)")
            let shown = try await service.get("/webhooks/\(made.id)", key: key)
            #expect(shown["secret"] == nil && shown["events"] == ["execution.failed"] && shown["enabled"] == true)
            let list = try await service.get("/webhooks", key: key)
            #expect(list["webhooks"]?.array?.contains(shown.body) == true && !list.description.contains("whsec_"))
            let changed = try await service.patch(
                "/webhooks/\(made.id)", #"{"enabled": false, "events": []}"#, key: key)
            #expect(changed["enabled"] == false && changed["events"]?.array?.count == 5, "\(changed)")
            #expect(changed["description"] == "d" && changed["disabled_reason"] == "disabled by its owner")
            let refused = try await service.post("/webhooks/\(made.id)/test", "", type: nil, key: key)
            #expect(refused.status == 409 && refused["code"] == "webhook_disabled", "\(refused)")
            let enabled = try await service.patch("/webhooks/\(made.id)", #"{"enabled": true}"#, key: key)
            #expect(enabled["enabled"] == true && enabled["disabled_at"] == .null)

            // Another tenant's is not there.
            let other = service.key
            for (method, path) in [
                ("GET", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/rotate"), ("GET", "/deliveries"),
                ("POST", "/deliveries/\(made.id)/redeliver"),
            ] {
                let answer = try await service.send(.init(rawValue: method), "/webhooks/\(made.id)\(path)", key: other)
                #expect(answer.status == 404, "\(method) \(path): \(answer)")
            }
            #expect(try await service.patch("/webhooks/\(made.id)", "{}", key: other).status == 404)
            let unknown = try await service.post(
                "/webhooks/\(made.id)/deliveries/\(made.id)/redeliver", "", type: nil, key: key)
            #expect(unknown.status == 404 && unknown["code"] == "unknown_delivery", "\(unknown)")
            #expect(try await service.send(.DELETE, "/webhooks/\(made.id)", key: key).status == 204)
            #expect(try await service.get("/webhooks/\(made.id)", key: key).status == 404)
        }

        @Test(arguments: [
            (#"{}"#, 400, "/url"), (#"{"url": 1}"#, 400, "/url"), (#"{"url": "https://x", "urls": 1}"#, 400, "/urls"),
            (#"{"url": "http://example.com/"}"#, 422, "/url"), (#"{"url": "https://127.0.0.1/"}"#, 422, "/url"),
            (#"{"url": "https://[::1]/"}"#, 422, "/url"), (#"{"url": "nowhere"}"#, 422, "/url"),
            (#"{"url": "https://example.com/", "events": ["execution.done"]}"#, 422, "/events/0"),
            (#"{"url": "https://example.com/", "events": "all"}"#, 400, "/events"),
            (#"{"url": "https://example.com/", "events": [1]}"#, 422, "/events/0"),
        ])
        func wrongOnesAreRefusedWithTheirPlace(body: String, status: Int, pointer: String) async throws {
            let answer = try await service.post("/webhooks", body)
            #expect(answer.status == status && answer["errors"]?[0]?["pointer"]?.string == pointer, "\(answer)")
        }
    }
}
