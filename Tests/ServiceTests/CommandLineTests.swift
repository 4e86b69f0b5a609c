import Foundation
import JSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension SharedService {
    /// The commands that need a service.
    @Suite struct CommandLine {
        @Test func executePrintsTheExecution() async throws {
            let service = try service
            try await withTemporaryFolder { folder in
                let input = folder.appendingPathComponent("input.json")
                try #"{"document": {"content_base64": "QSB0ZXh0Lg==", "media_type": "text/plain"}}"#
                    .write(to: input, atomically: true, encoding: .utf8)
                let address = String(service.url.dropLast("/workflows".count))
                let done = try await service.command(
                    "execute", "document-processing", "--input", input.path, "--ai-enhanced", "--url", address, "--key",
                    service.key)
                #expect(done.status == 0, "\(done)")
                let execution = try JSONValue(parsing: done.output)
                #expect(execution["status"] == "completed" && execution["output"]?["result"]?["words"] == 2, "\(done)")

                try #"{"document": {"id": "6d0f5ab6-1f0c-4d7e-8a53-111111111111"}}"#
                    .write(to: input, atomically: true, encoding: .utf8)
                let failed = try await service.command(
                    "execute", "document-processing", "--input", input.path, "--url", address, "--key", service.key)
                let failure = try JSONValue(parsing: failed.output)
                #expect(failed.status == 1 && failure["status"] == "failed", "\(failed)")

                let unknown = try await service.command("execute", "nope", "--url", address, "--key", service.key)
                #expect(
                    unknown.status == 3 && unknown.output.isEmpty && unknown.error.contains("document-processing"),
                    "\(unknown)")
            }
        }

        @Test func lockedDataFolderIsRefusedInOneLine() async throws {
            let service = try service
            let servers = service.temporalServers
            let second = try await service.command("serve", "--port", "0", "--data", service.data.path)
            #expect(second.status != 0, "\(second)")
            let lines = second.error.split(separator: "\n")
            #expect(lines.count == 1 && second.error.contains("Another service uses the data folder"), "\(second)")
            #expect(service.temporalServers == servers)
            #expect(try await service.get("/health").status == 200)
        }

        @Test func takenPortIsRefusedAndLeavesNoServerBehind() async throws {
            let service = try service
            try await withTemporaryFolder { folder in
                let port = try #require(service.url.split(separator: ":").last?.split(separator: "/").first)
                let data = folder.appendingPathComponent("data").path
                let second = try await service.command("serve", "--port", "\(port)", "--data", data)
                #expect(second.status != 0, "\(second)")
                let lines = second.error.split(separator: "\n").filter { $0.hasPrefix("Error: ") }
                #expect(lines.count == 1 && lines[0].contains("127.0.0.1:\(port): Address already in use"), "\(second)")
                #expect(processes(with: data).isEmpty)
            }
        }

        @Test func tenantsTermsAreChanged() async throws {
            let service = try service
            let made = try await service.makeTenant("terms", tier: "basic")
            let changed = try await service.operatorCommand(
                "tenants", "update", made.id, "--tier", "premium", "--limit", "concurrent_executions=7", "--output",
                "json")
            let tenant = try JSONValue(parsing: changed.output)
            #expect(tenant["tier"] == "premium" && tenant["limits"]?["concurrent_executions"] == 7, "\(changed)")
            let wrong = try await service.operatorCommand("tenants", "update", made.id, "--limit", "odd=7")
            #expect(wrong.status == 2 && wrong.error.contains("concurrent_executions"), "\(wrong)")
            let nothing = try await service.operatorCommand("tenants", "update", made.id)
            #expect(nothing.status == 2, "\(nothing)")
            let suspended = try await service.operatorCommand("tenants", "suspend", made.id)
            #expect(suspended.output.contains("suspended"), "\(suspended)")
            #expect(try await service.get("/templates", key: made.key).status == 403)
            _ = try await service.operatorCommand("tenants", "resume", made.id)
            #expect(try await service.get("/templates", key: made.key).status == 200)
            let recovered = try await service.operatorCommand(
                "tenants", "create-key", made.id, "--role", "viewer", "--output", "json")
            let key = try JSONValue(parsing: recovered.output)["key"]?.string ?? ""
            #expect(try await service.get("/templates", key: key).status == 200)
            let kept = try await service.operatorCommand("tenants", "delete", made.id, "--confirm", "another")
            #expect(kept.status == 2 && kept.error.contains("nothing was erased"), "\(kept)")
        }

        @Test func tenantsAreExportedAndErased() async throws {
            let service = try service
            let made = try await service.makeTenant("to be erased", tier: "basic")
            let execution = try await service.execute(text: "A text.", wait: 60, key: made.key).id
            try await withTemporaryFolder { folder in
                let file = folder.appending(path: "export.jsonl").path
                let exported = try await service.operatorCommand("tenants", "export", made.id, "--file", file)
                #expect(exported.status == 0 && exported.output.isEmpty, "\(exported)")
                let text = try String(contentsOfFile: file, encoding: .utf8)
                for line in text.split(separator: "\n") { _ = try JSONValue(parsing: String(line)) }
                #expect(text.contains(execution) && !text.contains(made.key))
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
            let erased = try await service.operatorCommand("tenants", "delete", made.id, "--confirm", "to be erased")
            #expect(erased.status == 0, "\(erased)")
            let refused = try await run(
                Package.program.path, ["executions", "list"],
                environment: ["WORKFLOW_SERVICE_URL": service.address, "WORKFLOW_SERVICE_API_KEY": made.key])
            #expect(refused.status == 4, "\(refused)")
        }

        @Test func tenantsAreCreatedAndListed() async throws {
            let service = try service
            let made = try await service.makeTenant("Ørsted & Søn", tier: "premium")
            #expect(try await service.get("/templates", key: made.key).status == 200)
            let list = try await service.operatorCommand("tenants", "list", "--all")
            let line = list.output.split(separator: "\n").first { $0.hasPrefix(made.id) } ?? ""
            #expect(line.contains("Ørsted & Søn  ") && line.contains("premium ") && line.contains("active"), "\(list)")
            let again = try await service.operatorCommand("tenants", "create", "Ørsted & Søn")
            #expect(again.status == 6 && again.error.contains("The name is taken"), "\(again)")
            // Run beside the folder, no key needs to be named; without it, a tenant's does not do.
            let beside = try await service.command("tenants", "show", made.id, "--url", service.address)
            #expect(beside.status == 0 && beside.output.contains("Ørsted & Søn"), "\(beside)")
            let tenants = try await service.command(
                "tenants", "list", "--url", service.address, "--key", service.key)
            #expect(tenants.status == 4, "\(tenants)")
        }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct ValidateCommandTests {
    private func validate(_ text: String) async throws -> CommandResult {
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("definition.yaml")
            try text.write(to: file, atomically: true, encoding: .utf8)
            return try await run(Package.program.path, ["validate", "definition.yaml"], in: folder)
        }
    }

    @Test func validDefinitionIsNamed() async throws {
        for file in ["Sources/Templates/Standard/document-processing.yaml", "Examples/python-worker/greeting.yaml"] {
            let answer = try await run(Package.program.path, ["validate", Package.root.appending(path: file).path])
            #expect(answer.status == 0 && answer.output.contains("is valid"), "\(answer)")
        }
    }

    @Test(arguments: [
        ("do:\n  - a: [", "definition.yaml:3:", "YAML"),
        ("  - a:\n      frobnicate: 1\n", "definition.yaml:", "frobnicate"),
        ("  - a:\n      set: {x: 1}\n      then: nowhere\n", "definition.yaml:", "nowhere"),
        ("  - a:\n      set: {x: '${ .a | }'}\n", "definition.yaml:", "a"),
        ("  - a:\n      call: no_such_activity\n", "definition.yaml:", "no_such_activity"),
    ])
    func mistakeIsShownWithLineAndColumn(text: String, place: String, says: String) async throws {
        let head = "document: {dsl: '1.0.3', namespace: n, name: x, version: '1.0.0'}\ndo:\n"
        let answer = try await validate(text.hasPrefix("do:") ? text : head + text)
        #expect(answer.status == 1 && answer.output.contains(says), "\(answer)")
        #expect(answer.output.contains(place), "\(answer)")
        let first = answer.output.split(separator: "\n").first ?? ""
        let numbers = first.split(separator: ":").dropFirst().prefix(2).compactMap { Int($0) }
        #expect(numbers.count == 2, "\(answer)")
    }
}
