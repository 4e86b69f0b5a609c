import Foundation
import HTTPAPI
import JSON
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
        try await RunningService.with { service in
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
            let result = try await run(
                Package.root.appending(path: ".venv/bin/schemathesis").path,
                [
                    "run", "\(root)/openapi.json", "--url", root, "--checks", "all", "--exclude-checks",
                    "positive_data_acceptance", "--phases", "examples,coverage,fuzzing", "--max-examples", "15",
                    "--seed", "1", "--workers", "1", "--suppress-health-check", "all", "--continue-on-failure",
                    "--no-color",
                ], in: service.data)
            let summary = result.output.split(separator: "\n").first { $0.contains(" generated,") } ?? ""
            print("schemathesis:\(summary)")
            #expect(result.status == 0, "\(result.output.suffix(12_000))")
            #expect(service.process.ended == nil)
        }
    }
}
