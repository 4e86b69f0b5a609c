import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import Storage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Requests at the edges of time: bodies that do not come, repeats that meet, a change whose line in the audit log is lost.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct RequestEdgeTests {
    @Test func bodiesThatDoNotComeAreEndedAndSlowOnesAreNot() async throws {
        try await RunningService.with { service in
            let address = try #require(URL(string: service.url))
            let script = Package.root.appending(path: "Tests/ServiceTests/Python/slow.py").path
            let result = try await run(
                Package.python,
                [script, "127.0.0.1", "\(address.port ?? 0)", service.key, try service.operatorKey])
            try #require(result.status == 0, "\(result)")
            let cases = try JSONValue(parsing: result.output)
            for name in ["json", "document", "codec"] {
                #expect(cases[name]?["status"] == 408 && cases[name]?["code"] == "body_too_slow", "\(name): \(result)")
            }
            #expect(cases["refused"]?["status"] == 401, "\(result)")
            for name in ["json", "document", "codec", "refused"] {
                #expect(cases[name]?["closed"] != .null, "\(name) still holds its connection: \(result)")
            }
            #expect(cases["steady"]?["status"] == 201, "\(result)")
        }
    }

    /// While Temporal hangs, an accepted execution has no answer yet.
    @Test func aRepeatIsTheSameExecutionOrToldWhyNot() async throws {
        try await RunningService.with { service in
            @Sendable func execute(_ key: String, words: Int) async throws -> Answer {
                let body: JSONValue = [
                    "template": "document-processing",
                    "input": [
                        "document": ["content_base64": "QSB0ZXh0Lg=="], "summary_words": .integer(Int64(words)),
                    ],
                ]
                return try await service.send(
                    .POST, "/execute", headers: ["Content-Type": "application/json", "Idempotency-Key": key],
                    body: .bytes(ByteBuffer(string: body.serialized())), key: service.key)
            }
            let first = try await execute("one", words: 50)
            #expect(first.status == 202, "\(first)")
            let again = try await execute("one", words: 50)
            #expect([200, 202].contains(again.status) && again.id == first.id, "\(again)")
            let other = try await execute("one", words: 60)
            #expect(other.status == 422 && other["code"] == "idempotency_key_reused", "\(other)")

            let temporal = service.temporalServers
            try #require(!temporal.isEmpty)
            for pid in temporal { kill(pid, SIGSTOP) }
            defer { for pid in temporal { kill(pid, SIGCONT) } }
            // The first may be answered before the second comes, on a machine that is busy: then another time.
            var refused: Answer?
            for attempt in 0..<10 where refused == nil {
                let key = "hanging-\(attempt)"
                async let one = execute(key, words: 50)
                async let two = execute(key, words: 50)
                let answers = try await [one, two]
                #expect(answers.contains { $0.status == 202 && $0.executionStatus == "pending" }, "\(answers)")
                refused = answers.first { $0.status == 409 }
            }
            let answer = try #require(refused, "no repeat met its first")
            #expect(answer["code"] == "request_in_progress" && answer.headers.first(name: "Retry-After") == "1")
        }
    }

    @Test func aChangeWhoseAuditLineIsLostIsAnsweredAsMade() async throws {
        try await RunningService.with { service in
            let database = try await service.openDatabase()
            let hook = try await service.send(
                .POST, "/webhooks", ["url": "https://example.com/h"], key: service.key)
            try #require(hook.status == 201, "\(hook)")
            try await database.write { try $0.script("ALTER TABLE audit_log RENAME TO audit_log_away") }
            let deleted = try await service.send(.DELETE, "/webhooks/\(hook.id)", nil, key: service.key)
            #expect(deleted.status == 204, "\(deleted)")
            #expect(try await service.get("/webhooks/\(hook.id)").status == 404)
            try await database.write { try $0.script("ALTER TABLE audit_log_away RENAME TO audit_log") }
            let log = service.data.deletingLastPathComponent().appending(path: "\(service.data.lastPathComponent).log")
            try await eventually(timeout: .seconds(10), "the log tells it") {
                let text = try String(contentsOf: log, encoding: .utf8)
                return text.contains("A line of the audit log is lost") && text.contains("webhook/\(hook.id)")
            }
        }
    }
}
