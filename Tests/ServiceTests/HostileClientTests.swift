import Foundation
import HTTPAPI
import JSON
import NIOHTTP1
import TestSupport
import Testing

/// What no client should send, at every route that the description names, so that a new route cannot be forgotten.
@Suite(.serialized, .timeLimit(.minutes(8)))
struct HostileClientTests {
    /// Broken requests over plain sockets: never a 5xx, a silence, or a word about the machine or others.
    @Test func brokenRequestsAreAnsweredOrClosed() async throws {
        try await RunningService.with { service in
            let description = service.data.appendingPathComponent("openapi.json")
            try Data(OpenAPIDocument.served.json.serializedBytes()).write(to: description)
            let address = try #require(URL(string: service.url))
            try await Self.raiseLimits(of: service)
            let existing = try await Self.existing(service)
            let script = Package.root.appending(path: "Tests/ServiceTests/Python/hostile.py").path
            let result = try await run(
                Package.python,
                [
                    script, "127.0.0.1", "\(address.port ?? 0)", service.key, service.operatorKey, description.path,
                    existing.path,
                ])
            #expect(result.status == 0, "\(result)")
            print("hostile requests: \(result.output.split(separator: "\n").last ?? "")")
            #expect(service.process.ended == nil)
        }
    }

    /// Requests that schemathesis makes of the description, right and wrong ones, of things that there are and others: never
    /// a 5xx, and nothing but what is described. Its check that every request in the right form is accepted is left out: a
    /// form does not tell which templates and cursors there are.
    @Test func answersAreAsDescribed() async throws {
        // It tries wrong keys at every route, which would be held off.
        try await RunningService.with(environment: ["WORKFLOW_ACCESS_FAILURES_PER_MINUTE": "1000000"]) { service in
            // Each operation gets the key that it asks for.
            let operatorKey = try service.operatorKey
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
            try await Self.raiseLimits(of: service)
            let environment = [
                "SCHEMATHESIS_HOOKS": Package.root.appending(path: "Tests/ServiceTests/Python/existing.py").path,
                "EXISTING": try await Self.existing(service).path,
            ]
            // What may take things, the caller's key, or the calling tenant, away comes last.
            let last = [
                "deleteSecret", "deleteWebhook", "deleteSchedule", "rotateKey", "revokeKey", "changeTenant",
                "eraseTenant",
            ]
            // It sends again what answers told: what the operator sees of all tenants is asked for apart.
            let tenants = "^/workflows/tenants"
            let notLast = last.flatMap { ["--exclude-operation-id", $0] }
            for selection in [
                ["--exclude-path-regex", tenants] + notLast, ["--include-path-regex", tenants] + notLast,
                last.flatMap { ["--include-operation-id", $0] },
            ] {
                let result = try await run(
                    Package.root.appending(path: ".venv/bin/schemathesis").path,
                    [
                        "run", "\(root)/openapi.json", "--url", root, "--checks", "all", "--exclude-checks",
                        "positive_data_acceptance", "--phases", "examples,coverage,fuzzing", "--max-examples", "15",
                        "--seed", "1", "--workers", "1", "--suppress-health-check", "all", "--continue-on-failure",
                        "--no-color",
                    ] + selection, in: service.data, environment: environment)
                let summary = result.output.split(separator: "\n").first { $0.contains(" generated,") } ?? ""
                print("schemathesis:\(summary)")
                let failures = result.output.components(separatedBy: "= FAILURES =").last ?? result.output
                #expect(result.status == 0, "\(failures.prefix(12_000))")
            }
            #expect(service.process.ended == nil)
        }
    }

    /// So that the requests reach what is behind the limit.
    private static func raiseLimits(of service: RunningService) async throws {
        let own = try await service.get("/tenant")
        let answer = try await service.send(
            .PATCH, "/tenants/\(own.id)", ["limits": ["requests_per_minute": 1_000_000]], key: try service.operatorKey)
        try #require(answer.status == 200, "\(answer)")
    }

    /// The file for `hostile.py` and `existing.py`: things of the calling tenant, and what no answer may tell.
    private static func existing(_ service: RunningService) async throws -> URL {
        let own = try await service.makeThings(of: service.key)
        let name = "neighbour-\(UUID())"
        let other = try await service.newTenant(name, ["tier": "premium"])
        let others = try await service.makeThings(of: other.key)
        let spare = try await service.newTenant("spare-\(UUID())")
        let later = try await service.post(
            "/execute",
            #"{"template": "document-processing", "delay": "1h", "input": {"document": {"content_base64": "QQ=="}}}"#)
        var things: JSONObject = [:]
        for (path, id) in own {
            things["/workflows" + String(path.prefix { $0 != "{" })] = [.string(id)]
        }
        things["/workflows/executions/"] = [.string(own["/executions/{id}"] ?? ""), .string(later.id)]
        things["/workflows/tenants/"] = [.string(spare.id)]
        let operatorKey = try service.operatorKey
        let never = [
            "its-own-value", service.key, operatorKey, other.key, spare.key, service.data.path,
            PostgresServer.password,
        ]
        // Names of things are the same for each tenant.
        let ids = [other.id, name] + others.values.filter { UUID(uuidString: $0) != nil }
        let text: JSONValue = [
            "things": .object(things), "never": .array(never.map { .string($0) }),
            "never_to_tenants": .array(ids.map { .string($0) }),
        ]
        let file = service.data.appendingPathComponent("existing.json")
        try Data(text.serializedBytes()).write(to: file)
        return file
    }
}
