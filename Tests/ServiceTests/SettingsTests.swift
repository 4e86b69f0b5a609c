import Foundation
import JSON
import TestSupport
import Testing

/// What `workflow-service config` says: it reads settings as `serve` does.
@Suite(.timeLimit(.minutes(1)))
struct SettingsTests {
    private func config(
        _ arguments: [String] = [], file: String? = nil, environment: [String: String] = [:]
    ) async throws -> CommandResult {
        try await withTemporaryFolder { folder in
            if let file {
                try Data(file.utf8).write(to: folder.appending(path: "workflow-service.yaml"))
            }
            return try await run(
                Package.program.path, ["config"] + arguments, in: folder, environment: environment)
        }
    }

    /// Value and source of a setting.
    private func setting(_ key: String, _ result: CommandResult) throws -> (value: JSONValue, source: String) {
        try #require(result.status == 0, "\(result)")
        let entries = try JSONValue(parsing: result.output).array ?? []
        let entry = try #require(entries.first { $0["key"]?.string == key }, "\(result)")
        return (entry["value"] ?? .null, entry["source"]?.string ?? "")
    }

    @Test(arguments: [
        (["--port", "4"], ["WORKFLOW_SERVER_PORT": "3"], ["--environment", "staging"], 4, "flag --port"),
        (["--set", "server.port=5"], ["WORKFLOW_SERVER_PORT": "3"], [], 5, "flag --set"),
        ([], ["WORKFLOW_SERVER_PORT": "3"], ["--environment", "staging"], 3, "environment WORKFLOW_SERVER_PORT"),
        ([], [:], ["--environment", "staging"], 2, "workflow-service.yaml:4 (staging)"),
        ([], ["WORKFLOW_ENVIRONMENT": "staging"], [], 2, "workflow-service.yaml:4 (staging)"),
        ([], ["WORKFLOW_SERVER_PORT": ""], [], 1, "workflow-service.yaml:2"),
    ])
    func higherSourcesOverlayLowerOnes(
        flags: [String], environment: [String: String], profile: [String], port: Int, source: String
    ) async throws {
        let file = "server:\n  port: 1\nenvironments:\n  staging: {server: {port: 2}}\n"
        let result = try await config(
            flags + profile + ["--output", "json"], file: file, environment: environment)
        let found = try setting("server.port", result)
        #expect(found.value == .integer(Int64(port)) && found.source == source, "\(result)")
    }

    @Test func withoutAnySourceEverythingHasItsDefault() async throws {
        let result = try await config(["--output", "json"])
        try #require(result.status == 0, "\(result)")
        let entries = try JSONValue(parsing: result.output).array ?? []
        #expect(entries.count > 25 && entries.allSatisfy { $0["source"] == "default" }, "\(result)")
        #expect(try setting("temporal.namespace", result).value == "workflow-service")
    }

    @Test func environmentNamesItsTemporalNamespace() async throws {
        let named = try await config(["--environment", "staging", "--output", "json"])
        #expect(try setting("temporal.namespace", named).value == "workflow-service-staging")
        let given = try await config(
            ["--environment", "staging", "--output", "json"], environment: ["TEMPORAL_NAMESPACE": "mine"])
        #expect(try setting("temporal.namespace", given).value == "mine")
    }

    @Test(arguments: [
        ("server: {prot: 1}", [:], [], ["workflow-service.yaml:1: server.prot", "server.port?"]),
        ("log: debug", [:], [], ["log is a section", "log.level"]),
        ("server: {port: 1", [:], [], ["workflow-service.yaml:2", "while parsing a flow mapping"]),
        ("server: {port: 80000}", [:], [], ["server.port: \"80000\" is not a whole number from 0 to 65535"]),
        ("- a", [:], [], ["workflow-service.yaml: expected sections"]),
        ("environments: {production: {}}", [:], ["--environment", "prodution"], ["did you mean production?"]),
        ("environments: {a: {environment: b}}", [:], [], ["does not choose the environment"]),
        ("", ["WORKFLOW_SERVR_PORT": "1"], [], ["WORKFLOW_SERVR_PORT", "did you mean WORKFLOW_SERVER_PORT?"]),
        ("", ["TEMPORAL_ADRESS": "h:1"], [], ["TEMPORAL_ADRESS", "did you mean TEMPORAL_ADDRESS?"]),
        ("", ["WORKFLOW_LOG_LEVEL": "loud"], [], ["log.level: \"loud\" is not one of trace, debug"]),
        ("", ["OPENAI_BASE_URL": "nowhere"], [], ["openai.base_url", "environment OPENAI_BASE_URL"]),
        ("", ["WORKFLOW_CONFIG": "absent.yaml"], [], ["absent.yaml cannot be read"]),
        ("", [:], ["--set", "sever.port=1"], ["--set sever.port", "server.port?"]),
        ("", [:], ["--set", "openai.api_key=x"], ["OPENAI_API_KEY_FILE"]),
        ("", [:], ["--allow-http", "10.0.0.0/99"], ["http.allow", "flag --allow-http"]),
        ("", ["TEMPORAL_TLS_CLIENT_KEY_PATH": "k", "TEMPORAL_ADDRESS": "h:1"], [], ["TEMPORAL_TLS_CLIENT_CERT_PATH"]),
        ("", ["WORKFLOW_CODEC_ORIGINS": "https://a.example/path"], [], ["codec.origins", "without a path"]),
    ])
    func mistakesAreNamedWithTheirPlaceAndWhatWouldBeRight(
        file: String, environment: [String: String], arguments: [String], says: [String]
    ) async throws {
        let result = try await config(arguments, file: file, environment: environment)
        #expect(result.status == 2 && result.output.isEmpty, "\(result)")
        for text in says { #expect(result.error.contains(text), "\(result)") }
    }

    /// What needs no connection to be found is found by both, and is a wrong setting to both.
    @Test(arguments: [
        (["tokens.issuer=https://issuer.example"], [:], "tokens.issuer needs tokens.audience"),
        (
            ["tokens.issuer=i", "tokens.audience=a", "tokens.keys=http://issuer.example/jwks"], [:],
            "tokens.keys: http://issuer.example/jwks is neither"
        ),
        ([], ["DATABASE_URL": "postgres:/nowhere"], "database.url: The database's address cannot be read"),
        (["server.role=worker"], [:], "TEMPORAL_ADDRESS and DATABASE_URL"),
        (["server.role=api"], ["TEMPORAL_ADDRESS": "127.0.0.1:1"], "TEMPORAL_ADDRESS and DATABASE_URL"),
        (["secrets.keys_file=/nowhere/keys"], [:], "/nowhere/keys: there is no such file"),
        (["encryption.keys_file=/nowhere/keys"], [:], "/nowhere/keys: there is no such file"),
        (["server.monitoring_port=9090"], [:], "server.monitoring_port is for a process without the API"),
        (["temporal.cli=/nowhere/temporal"], [:], "/nowhere/temporal"),
    ])
    func configRefusesWhatServeRefuses(
        assignments: [String], environment: [String: String], says: String
    ) async throws {
        try await withTemporaryFolder { folder in
            for command in ["config", "serve"] {
                let result = try await run(
                    Package.program.path, [command] + assignments.flatMap { ["--set", $0] }, in: folder,
                    environment: environment)
                #expect(result.status == 2 && result.error.contains(says), "\(command): \(result)")
            }
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "data").path))
        }
    }

    @Test func everyMistakeIsTold() async throws {
        let result = try await config(
            ["--set", "x=1"], file: "server: {port: a, host: b, nothing: c}", environment: ["WORKFLOW_X": "1"])
        #expect(result.error.split(separator: "\n").count == 5, "\(result)")
    }

    @Test func secretsAreMaskedWhereverTheyComeFrom() async throws {
        try await withTemporaryFolder { folder in
            let secret = folder.appending(path: "secret")
            try Data("hush-hush\n".utf8).write(to: secret)
            for (file, environment) in [
                ("", ["OPENAI_API_KEY": "hush-hush"]), ("", ["OPENAI_API_KEY_FILE": secret.path]),
                ("openai: {api_key: hush-hush}", [:]), ("openai: {api_key_file: \(secret.path)}", [:]),
            ] {
                for format in ["table", "json", "yaml"] {
                    let result = try await config(["--output", format], file: file, environment: environment)
                    #expect(result.status == 0 && result.output.contains("********"), "\(result)")
                    #expect(!"\(result)".contains("hush"), "\(result)")
                }
            }
            let absent = try await config(environment: ["OPENAI_API_KEY_FILE": "/nowhere"])
            #expect(absent.status != 0 && absent.error.contains("/nowhere"), "\(absent)")
        }
    }

    /// A container beside a service named "workflow" finds its addresses in its environment.
    @Test func linksOfKubernetesAreNoMistakes() async throws {
        let result = try await config(environment: [
            "WORKFLOW_SERVICE_SERVICE_HOST": "10.0.0.1", "WORKFLOW_SERVICE_SERVICE_PORT": "80",
            "WORKFLOW_SERVICE_PORT": "tcp://10.0.0.1:80", "WORKFLOW_SERVICE_PORT_80_TCP": "tcp://10.0.0.1:80",
            "WORKFLOW_SERVICE_PORT_80_TCP_ADDR": "10.0.0.1", "WORKFLOW_SERVICE_SERVICE_PORT_HTTP": "80",
        ])
        #expect(result.status == 0, "\(result)")
    }

    @Test func documentationHoldsTheTableOfAllSettings() async throws {
        let table = try await run(Package.program.path, ["config", "--documentation"])
        let page = try String(contentsOf: Package.root.appending(path: "docs/configuration.md"), encoding: .utf8)
        #expect(table.status == 0 && page.contains(table.output), "Run `make docs` and commit docs/configuration.md.")
    }
}
