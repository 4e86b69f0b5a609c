import AsyncHTTPClient
import Foundation
import HTTPAPI
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// What no client should send, at every route that the description names, so that a new route cannot be forgotten.
@Suite(.serialized, .timeLimit(.minutes(8)))
struct HostileClientTests {
    /// Broken requests over plain sockets: never a 5xx, a silence, or a word about the machine.
    @Test func brokenRequestsAreAnsweredOrClosed() async throws {
        try await RunningService.with { service in
            let description = service.data.appendingPathComponent("openapi.json")
            try Data(OpenAPIDocument.served.json.serializedBytes()).write(to: description)
            let address = try #require(URL(string: service.url))
            let script = Package.root.appending(path: "Tests/ServiceTests/Python/hostile.py").path
            let result = try await run(
                Package.python,
                [script, "127.0.0.1", "\(address.port ?? 0)", service.key, description.path])
            #expect(result.status == 0, "\(result)")
            print("hostile requests: \(result.output.split(separator: "\n").last ?? "")")
            #expect(service.process.ended == nil)
        }
    }

    /// Requests that schemathesis makes of the description, right and wrong ones: never a 5xx, and nothing but what is
    /// described. Its check that every request in the right form is accepted is left out: a form does not tell which templates
    /// and cursors there are.
    @Test func answersAreAsDescribed() async throws {
        // It tries wrong keys at every route, which would be held off.
        try await RunningService.with(environment: ["WORKFLOW_ACCESS_FAILURES_PER_MINUTE": "1000000"]) { service in
            let operatorKey = try String(
                contentsOf: service.data.appendingPathComponent("operator-key"), encoding: .utf8
            )
            .trimmingCharacters(in: .whitespacesAndNewlines)
            // Each operation gets the key that it asks for.
            let settings = """
                [auth.openapi.key]
                bearer = "\(service.key)"
                [auth.openapi.operator]
                bearer = "\(operatorKey)"
                [auth.openapi.operatorPassword]
                username = "operator"
                password = "\(operatorKey)"
                """
            try Data(settings.utf8).write(to: service.data.appendingPathComponent("schemathesis.toml"))
            let root = service.url.replacing("/workflows", with: "")
            try await Self.raiseLimits(of: service, operatorKey)
            // What may take the caller's key, or the calling tenant, away comes last.
            let last = ["rotateKey", "revokeKey", "changeTenant", "eraseTenant"]
            // Streams of open executions do not end; tests of their own read them.
            let streams = ["watchExecution", "listExecutionLogs"]
            for selection in [
                (last + streams).flatMap { ["--exclude-operation-id", $0] },
                last.flatMap { ["--include-operation-id", $0] },
            ] {
                let result = try await run(
                    Package.root.appending(path: ".venv/bin/schemathesis").path,
                    [
                        "run", "\(root)/openapi.json", "--url", root, "--checks", "all", "--exclude-checks",
                        "positive_data_acceptance", "--phases", "examples,coverage,fuzzing", "--max-examples", "15",
                        "--seed", "1", "--workers", "1", "--suppress-health-check", "all", "--continue-on-failure",
                        "--no-color",
                    ] + selection, in: service.data)
                let summary = result.output.split(separator: "\n").first { $0.contains(" generated,") } ?? ""
                print("schemathesis:\(summary)")
                let failures = result.output.components(separatedBy: "= FAILURES =").last ?? result.output
                #expect(result.status == 0, "\(failures.prefix(12_000))")
            }
            #expect(service.process.ended == nil)
        }
    }

    /// So that the requests reach what is behind the limit.
    private static func raiseLimits(of service: RunningService, _ operatorKey: String) async throws {
        let own = try await service.get("/tenant")
        let id = try #require(own["id"]?.string, "\(own)")
        let answer = try await service.send(
            .PATCH, "/tenants/\(id)", headers: ["Content-Type": "application/json"],
            body: .bytes(ByteBuffer(string: #"{"limits": {"requests_per_minute": 1000000}}"#)), key: operatorKey)
        try #require(answer.status == 200, "\(answer)")
    }
}
