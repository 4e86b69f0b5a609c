import Foundation
import JSON
import TestSupport
import Testing
import WorkflowDefinition

extension SharedService {
    /// The commands that call a running service.
    @Suite struct ClientCommands {
        /// Runs a command as a tenant of the shared service; without a key that of the default tenant.
        private func command(
            _ arguments: [String], key: String? = nil, in folder: URL? = nil, environment: [String: String] = [:]
        ) async throws -> CommandResult {
            let service = try service
            return try await run(
                Package.program.path, arguments, in: folder,
                environment: [
                    "WORKFLOW_SERVICE_URL": service.address, "WORKFLOW_SERVICE_API_KEY": key ?? service.key,
                ].merging(environment) { $1 })
        }

        private func execution(_ text: String = "A text.", key: String? = nil) async throws -> String {
            let answer = try await service.execute(text: text, wait: 60, key: key)
            return answer.id
        }

        @Test func listsAreTablesJSONAndYAML() async throws {
            let id = try await execution()
            let table = try await command(["executions", "list", "--limit", "5"])
            let lines = table.output.split(separator: "\n")
            #expect(table.status == 0 && lines.first?.hasPrefix("ID ") == true, "\(table)")
            #expect(lines.contains { $0.hasPrefix(id) && $0.contains("completed") }, "\(table)")
            let json = try await command(["executions", "list", "--limit", "5", "--output", "json"])
            let answer = try JSONValue(parsing: json.output)
            #expect(answer["executions"]?.array?.first?["template"] == "document-processing", "\(json)")
            let yaml = try await command(["executions", "list", "--limit", "5", "--output", "yaml"])
            #expect(try JSONValue(yaml: yaml.output)["executions"]?.array?.count == answer["executions"]?.array?.count)
        }

        /// Three entries by pages of at most two would need a second request; the answer is one list.
        @Test func limitCountsEntriesAcrossPages() async throws {
            for _ in 0..<3 { _ = try await execution(key: basic) }
            let two = try await command(["executions", "list", "--limit", "2", "--output", "json"], key: basic)
            let answer = try JSONValue(parsing: two.output)
            #expect(answer["executions"]?.array?.count == 2 && answer["next_cursor"]?.string != nil, "\(two)")
            let all = try await command(["executions", "list", "--all", "--output", "json"], key: basic)
            let whole = try JSONValue(parsing: all.output)
            #expect((whole["executions"]?.array?.count ?? 0) >= 3 && whole["next_cursor"] == .null, "\(all)")
        }

        @Test func executionIsShownWithItsStepsAndOutput() async throws {
            let id = try await execution()
            let shown = try await command(["executions", "show", id])
            for text in ["document-processing 1.0.0  completed in", "✔ extract", "output:", "words: 2"] {
                #expect(shown.output.contains(text), "\(shown)")
            }
            #expect(!shown.output.contains("\u{1B}"), "no colours in a pipe: \(shown)")
            let template = try await command(["templates", "show", "document-processing", "--output", "yaml"])
            let json = try await command(["templates", "show", "document-processing", "--output", "json"])
            #expect(try JSONValue(yaml: template.output) == JSONValue(parsing: json.output), "\(template)")
        }

        @Test func whatAnExecutionLeftBehindIsReadBack() async throws {
            let id = try await execution()
            let events = try await command(["executions", "events", id, "--output", "json"])
            let lines = try events.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
            #expect(events.status == 0 && lines.last?["data"]?["status"] == "completed", "\(events)")
            #expect(lines.contains { $0["event"] == "step_completed" && $0["data"]?["name"] == "extract" }, "\(events)")
            let middle = try #require(lines.dropFirst().first?["id"]?.string)
            let rest = try await command(["executions", "events", id, "--after", middle, "--output", "json"])
            #expect(rest.output.split(separator: "\n").count == lines.count - 2, "\(rest)")
            let history = try await command(["executions", "history", id])
            #expect(history.output.contains("WorkflowExecutionStarted"), "\(history)")
            #expect(history.output.contains("ActivityTaskCompleted"), "\(history)")
            let logs = try await command(["executions", "logs", id, "--output", "json"])
            #expect(try JSONValue(parsing: logs.output)["logs"]?.array != nil, "\(logs)")
            for verb in ["terminate", "pause", "resume"] {
                let refused = try await command(["executions", verb, id])
                #expect(refused.status == 6, "\(verb): \(refused)")
            }
        }

        @Test func repeatWithTheSameKeyIsOneExecution() async throws {
            try await withTemporaryFolder { folder in
                let input = folder.appending(path: "input.json")
                try Data(#"{"document": {"content_base64": "QSB0ZXh0Lg==", "media_type": "text/plain"}}"#.utf8)
                    .write(to: input)
                let arguments = [
                    "execute", "document-processing", "--input", input.path, "--idempotency-key", UUID().uuidString,
                    "--tag", "cli:repeat", "--priority", "2",
                ]
                let first = try JSONValue(parsing: try await command(arguments).output)
                let second = try JSONValue(parsing: try await command(arguments).output)
                #expect(first["id"]?.string != nil && first["id"] == second["id"])
                let other = try await command(arguments + ["--ai-enhanced"])
                #expect(other.status == 2 && other.error.contains("422"), "\(other)")
                let tagged = try await command(["executions", "list", "--tag", "cli:repeat", "--output", "json"])
                #expect(try JSONValue(parsing: tagged.output)["executions"]?.array?.count == 1, "\(tagged)")
            }
        }

        @Test func schedulesAreMadeRunAndDeleted() async throws {
            try await withTemporaryFolder { folder in
                let input = folder.appending(path: "input.json")
                try Data(#"{"document": {"content_base64": "QSB0ZXh0Lg==", "media_type": "text/plain"}}"#.utf8)
                    .write(to: input)
                let made = try await command([
                    "schedules", "create", "cli", "--template", "document-processing", "--input", input.path, "--cron",
                    "30 2 * * *", "--time-zone", "Europe/Berlin", "--tag", "nightly", "--overlap", "skip",
                ])
                #expect(made.status == 0 && made.output.contains("document-processing"), "\(made)")
                let listed = try await command(["schedules", "list"])
                #expect(listed.output.contains("30 2 * * *"), "\(listed)")
                #expect(try await command(["schedules", "run", "cli"]).status == 0)
                try await eventually(timeout: .seconds(30), "the run is an execution") {
                    let runs = try await command(["executions", "list", "--schedule", "cli", "--output", "json"])
                    return try JSONValue(parsing: runs.output)["executions"]?.array?.isEmpty == false
                }
                #expect(try await command(["schedules", "pause", "cli"]).output.contains("paused"))
                #expect(try await command(["schedules", "resume", "cli"]).status == 0)
                #expect(
                    try await command([
                        "schedules", "create", "cli", "--template", "document-processing", "--input", input.path,
                        "--every", "60",
                    ]).status == 6)
                let wrong = try await command([
                    "schedules", "create", "odd", "--template", "document-processing", "--cron", "x",
                ])
                #expect(wrong.status == 2 && wrong.error.contains("/spec/cron/0"), "\(wrong)")
                #expect(try await command(["schedules", "delete", "cli"]).status == 0)
                #expect(try await command(["schedules", "show", "cli"]).status == 3)
            }
        }

        @Test func webhooksAreMadeChangedAndDeleted() async throws {
            let made = try await command([
                "webhooks", "create", "https://example.com/hooks", "--event", "execution.failed", "--output", "json",
            ])
            let webhook = try JSONValue(parsing: made.output)
            let id = webhook["id"]?.string ?? ""
            #expect(webhook["secret"]?.string?.hasPrefix("whsec_") == true, "\(made)")
            let listed = try await command(["webhooks", "list"])
            #expect(
                listed.output.contains("https://example.com/hooks") && !listed.output.contains("whsec_"), "\(listed)")
            let changed = try await command(["webhooks", "update", id, "--disable-sending", "--output", "json"])
            #expect(try JSONValue(parsing: changed.output)["enabled"] == false, "\(changed)")
            #expect(try await command(["webhooks", "rotate", id]).output.contains("whsec_"))
            #expect(try await command(["webhooks", "deliveries", id]).output.contains("No delivery."))
            #expect(try await command(["webhooks", "delete", id]).status == 0)
            #expect(try await command(["webhooks", "show", id]).status == 3)
        }

        @Test func keysAreMadeRotatedAndRevoked() async throws {
            let service = try service
            let made = try await command(
                ["keys", "create", "ci", "--role", "viewer", "--expires-in", "3600", "--output", "json"])
            let key = try JSONValue(parsing: made.output)
            let (id, text) = (key["id"]?.string ?? "", key["key"]?.string ?? "")
            #expect(try await service.get("/templates", key: text).status == 200, "\(made)")
            let refused = try await command(["executions", "cancel", UUID().uuidString], key: text)
            #expect(refused.status == 4 && refused.error.contains("403"), "\(refused)")
            let listed = try await command(["keys", "list"])
            #expect(listed.output.contains("viewer") && !listed.output.contains(text), "\(listed)")
            let rotated = try await command(["keys", "rotate", id, "--overlap", "0", "--output", "json"])
            let new = try JSONValue(parsing: rotated.output)["key"]?.string ?? ""
            #expect(try await service.get("/templates", key: new).status == 200, "\(rotated)")
            let newID = try JSONValue(parsing: rotated.output)["id"]?.string ?? ""
            #expect(try await command(["keys", "revoke", newID]).status == 0)
            #expect(try await service.get("/templates", key: new).status == 401)
            let audit = try await command(["audit", "--limit", "20"])
            #expect(audit.output.contains("key.revoked") && audit.output.contains("key.created"), "\(audit)")
        }

        @Test func secretsComeFromFilesAndAreNeverShown() async throws {
            try await withTemporaryFolder { folder in
                let file = folder.appending(path: "token")
                try Data("hush-hush\n".utf8).write(to: file)
                let set = try await command(["secrets", "set", "crm_token", "--file", file.path])
                #expect(set.status == 0 && set.output.isEmpty, "\(set)")
                let listed = try await command(["secrets", "list", "--output", "json"])
                let names = try JSONValue(parsing: listed.output)["secrets"]?.array?.compactMap { $0["name"]?.string }
                #expect(names?.contains("crm_token") == true && !listed.output.contains("hush"), "\(listed)")
                let asArgument = try await command(["secrets", "set", "crm_token", "hush"])
                #expect(asArgument.status == 2, "\(asArgument)")
                #expect(try await command(["secrets", "delete", "crm_token"]).status == 0)
                #expect(try await command(["secrets", "delete", "crm_token"]).status == 3)
            }
        }

        @Test func exitCodesTellWhy() async throws {
            let ended = try await execution()
            let absent = "6d0f5ab6-1f0c-4d7e-8a53-111111111111"
            let cases: [([String], Int, String)] = [
                (["executions", "show", ended], 0, ""),
                (["executions", "watch", ended], 0, ""),
                (["executions", "frobnicate"], 2, "Usage"),
                (["executions", "list", "--limit", "0"], 2, "--limit"),
                (["executions", "list", "--status", "odd"], 2, "status must be one of"),
                (["execute", "document-processing"], 2, "/input: \"document\" is required"),
                (["execute", "document-processing", "--input", "/nowhere"], 2, "/nowhere"),
                (["executions", "show", absent], 3, absent),
                (["templates", "show", "document-procesing"], 3, "did you mean document-processing?"),
                (["executions", "list", "--key", "wfs_wrong"], 4, "401"),
                (["executions", "list", "--url", "http://127.0.0.1:1"], 5, "does not answer"),
                (["executions", "list", "--url", "nowhere"], 2, "no http or https address"),
                (["executions", "cancel", ended], 6, "409"),
            ]
            for (arguments, status, says) in cases {
                let result = try await command(arguments)
                #expect(
                    result.status == status && (says.isEmpty || result.error.contains(says)), "\(arguments): \(result)")
                #expect(status == 0 || result.output.isEmpty, "\(arguments): \(result)")
            }
        }

        @Test func followTellsEachStepInAPipe() async throws {
            try await withTemporaryFolder { folder in
                let input = folder.appending(path: "input.yaml")
                try Data("document: {content_base64: QSB0ZXh0Lg==, media_type: text/plain}".utf8).write(to: input)
                let done = try await command(
                    ["execute", "document-processing", "--input", input.path, "--follow"])
                #expect(done.status == 0, "\(done)")
                let lines = done.error.split(separator: "\n")
                #expect(lines.contains { $0.hasPrefix("extract completed in") }, "\(done)")
                #expect(lines.last?.contains("completed in") == true, "\(done)")
                #expect(!done.error.contains("\u{1B}") && done.output.contains("✔ extract"), "\(done)")
            }
        }

        /// `script` gives the program a terminal.
        @Test(arguments: [([:], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false)])
        func terminalShowsColoursAndFits(environment: [String: String], hasColours: Bool) async throws {
            _ = try await execution()
            let service = try service
            let shown = try await run(
                "/usr/bin/script", ["-qec", "\(Package.program.path) executions list --limit 3", "/dev/null"],
                environment: [
                    "WORKFLOW_SERVICE_URL": service.address, "WORKFLOW_SERVICE_API_KEY": service.key,
                    "TERM": "xterm", "COLUMNS": "60",
                ].merging(environment) { $1 })
            #expect(shown.status == 0 && shown.output.contains("\u{1B}[32mcompleted") == hasColours, "\(shown)")
            guard environment["TERM"] == nil else { return }
            let colour = try Regex("\u{1B}\\[[0-9]+m")
            for line in shown.output.replacing(colour, with: "").split(whereSeparator: \.isNewline) {
                #expect(line.count <= 60, "\(line)")
            }
        }

        @Test func profileNamesTheService() async throws {
            let service = try service
            try await withTemporaryFolder { folder in
                let home = folder.appending(path: ".config/workflow-service", directoryHint: .isDirectory)
                try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
                try Data("\(service.key)\n".utf8).write(to: folder.appending(path: "key"))
                let file = home.appending(path: "cli.yaml")
                func list(_ profile: String, text: String) async throws -> CommandResult {
                    try Data(text.utf8).write(to: file)
                    return try await run(
                        Package.program.path, ["templates", "list", "--profile", profile], in: folder,
                        environment: ["HOME": folder.path])
                }
                let text = "profiles: {here: {url: \"\(service.address)\", key_file: ~/key}}"
                let answer = try await run(
                    Package.program.path, ["templates", "list"], in: folder,
                    environment: ["HOME": folder.path, "WORKFLOW_SERVICE_PROFILE": "here"])
                #expect(answer.status == 1 && answer.error.contains("cli.yaml"), "no file yet: \(answer)")
                let found = try await list("here", text: text.replacing("~", with: folder.path))
                #expect(found.status == 0 && found.output.contains("document-processing"), "\(found)")
                let typo = try await list("heer", text: text)
                #expect(typo.status == 1 && typo.error.contains("did you mean here?"), "\(typo)")
                let open = try await list("here", text: "profiles: {here: {key: x}}")
                #expect(open.status == 1 && open.error.contains("chmod 600"), "\(open)")
                let unknown = try await list("here", text: "profiles: {here: {keys: x}}")
                #expect(unknown.status == 1 && unknown.error.contains("did you mean key?"), "\(unknown)")
            }
        }

        private var basic: String { get throws { try SharedService.current.basic.key } }
    }
}

extension RunningService {
    /// Of the service, for commands.
    var address: String { String(url.dropLast("/workflows".count)) }
}

/// What every command says of itself.
@Suite(.timeLimit(.minutes(2)))
struct CommandHelpTests {
    /// Every command with its path, from the program's own description.
    private func commands() async throws -> [(path: [String], about: JSONValue)] {
        let dumped = try await run(Package.program.path, ["--experimental-dump-help"])
        try #require(dumped.status == 0, "\(dumped)")
        var found: [(path: [String], about: JSONValue)] = []
        func walk(_ command: JSONValue, _ path: [String]) {
            found.append((path, command))
            for inner in command["subcommands"]?.array ?? [] {
                let name = inner["commandName"]?.string ?? ""
                if name != "help" { walk(inner, path + [name]) }
            }
        }
        walk(try JSONValue(parsing: dumped.output)["command"] ?? .null, [])
        return found
    }

    @Test func everyCommandExplainsItselfAndItsArguments() async throws {
        let commands = try await commands()
        #expect(commands.count > 45)
        for (path, about) in commands {
            let name = path.joined(separator: " ")
            let help = try await run(Package.program.path, path + ["--help"])
            #expect(help.status == 0 && help.output.hasPrefix("OVERVIEW: ") && help.error.isEmpty, "\(name): \(help)")
            #expect(about["abstract"]?.string?.hasSuffix(".") == true, "\(name) has no sentence")
            for argument in about["arguments"]?.array ?? [] where argument["shouldDisplay"] == true {
                #expect(argument["abstract"]?.string?.isEmpty == false, "\(name): \(argument.serialized())")
            }
        }
    }

    @Test func flagsOfSettingsAreFlagsOfServe() async throws {
        let commands = try await commands()
        let serve = commands.first { $0.path == ["serve"] }?.about["arguments"]?.array ?? []
        let flags = Set(serve.compactMap { $0["preferredName"]?["name"]?.string })
        let page = try String(contentsOf: Package.root.appending(path: "docs/configuration.md"), encoding: .utf8)
        let documented = page.matches(of: /<br>`--([a-z-]+)`/).map { String($0.1) }
        #expect(documented.count > 6)
        for flag in documented { #expect(flags.contains(flag), "serve has no --\(flag)") }
    }

    @Test func completionScriptsAreOnesThatTheShellReads() async throws {
        try await withTemporaryFolder { folder in
            for shell in ["bash", "zsh", "fish"] {
                let script = try await run(Package.program.path, ["--generate-completion-script", shell])
                #expect(script.status == 0 && script.output.contains("executions"), "\(shell): \(script)")
                guard shell == "bash" else { continue }
                let file = folder.appending(path: "completion.bash")
                try Data(script.output.utf8).write(to: file)
                let checked = try await run("/bin/bash", ["-n", file.path])
                #expect(checked.status == 0, "\(checked)")
            }
        }
    }
}

/// Which key goes to whom.
@Suite(.timeLimit(.minutes(1)))
struct ClientKeyTests {
    @Test(arguments: [
        ("http://192.0.2.1:9", false), ("https://workflows.example.com", false),
        ("http://127.0.0.1.example.com", false),
        ("http://127.0.0.1:1", true), ("http://localhost:1", true), ("http://[::1]:1", true),
    ])
    func keysBesideAServiceAreForThisMachine(url: String, isSent: Bool) async throws {
        try await withTemporaryFolder { folder in
            let data = folder.appending(path: "data", directoryHint: .isDirectory)
            try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
            for name in ["api-key", "operator-key"] {
                try Data("a-key-of-this-machine\n".utf8).write(to: data.appending(path: name))
            }
            for command in [["templates", "list"], ["tenants", "list"]] {
                let byFlag = try await run(Package.program.path, command + ["--url", url], in: folder)
                let byEnvironment = try await run(
                    Package.program.path, command, in: folder, environment: ["WORKFLOW_SERVICE_URL": url])
                for result in [byFlag, byEnvironment] {
                    // Nobody listens there, where it is sent.
                    #expect(result.status == (isSent ? 5 : 2), "\(result)")
                    #expect(result.error.contains("is not sent to another machine") != isSent, "\(result)")
                }
            }
        }
    }
}
