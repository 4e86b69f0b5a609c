import ArgumentParser
import Foundation
import JSON
import WorkflowDefinition

struct Execute: ClientCommand {
    static let configuration = CommandConfiguration(
        abstract: "Execute a template on a running service and print the execution as JSON.",
        discussion: """
            Waits until it has ended; exits with 1 when it does not complete. With --follow it shows the steps while they \
            run.

            Examples:
              workflow-service execute document-processing --input input.json --ai-enhanced
              echo '{"name": "Ada"}' | workflow-service execute greeting --input - --follow
              workflow-service execute nightly --no-wait --tag batch --priority 4
            """
    )

    @Argument(help: "The template's name.")
    var template: String
    @Option(help: "A JSON or YAML file with the input, or - for standard input.", completion: .file())
    var input: String?
    @Option(help: "The template's version; the highest without it.")
    var version: String?
    @Flag(help: "Ask for the AI enhancements that the tenant's tier allows.")
    var aiEnhanced = false
    @Flag(inversion: .prefixedNo, help: "Wait until the execution has ended.")
    var wait = true
    @Flag(help: "Show the steps while they run.")
    var follow = false
    @Option(help: "1 (first) to 5; else what the tier gives.")
    var priority: Int?
    @Option(name: .customLong("tag"), help: "A tag to find it by; repeatable.")
    var tags: [String] = []
    @Option(name: .customLong("start-at"), help: "Not to begin before: 2027-01-31T06:00:00Z.")
    var startAt: String?
    @Option(help: "How long from now not to begin: 30s, 15m, 2h or 1d.")
    var delay: String?
    @Option(name: .customLong("idempotency-key"), help: "The same key with the same request is one execution.")
    var idempotencyKey: String?
    @OptionGroup var client: ClientOptions

    func run(_ api: APIClient) async throws {
        var body: JSONObject = ["template": .string(template), "ai_enhanced": .bool(aiEnhanced)]
        body["version"] = version.map { .string($0) }
        body["input"] = try input.map(readDocument) ?? [:]
        body["priority"] = priority.map { .integer(Int64($0)) }
        if !tags.isEmpty { body["tags"] = .array(tags.map { .string($0) }) }
        body["start_at"] = startAt.map { .string($0) }
        body["delay"] = delay.map { .string($0) }
        let headers: [String: String] = idempotencyKey.map { ["Idempotency-Key": $0] } ?? [:]
        let wait = wait || follow
        var execution = try await api.post(
            "/workflows/execute\(wait && !follow ? "?wait=30s" : "")", .object(body), headers: headers)
        let id = execution["id"]?.string ?? ""
        if follow {
            execution = try await watch(id, api)
        } else if wait, ExecutionView(execution: execution).isOpen {
            execution = try await api.follow(id) {
                note("\($0["status"]?.string ?? ""), \($0["steps"]?.array?.count ?? 0) steps so far …")
            }
        }
        show(execution)
        if wait, execution["status"]?.string != "completed" { throw ExitCode.failure }
    }

    /// Scripts read JSON; who watches reads a summary.
    private func show(_ execution: JSONValue) {
        (client.output ?? (follow ? .table : .json)).show(execution) { ExecutionView(execution: execution).rendered() }
    }
}

/// Shows an execution until it has ended, and returns it.
func watch(_ id: String, _ api: APIClient) async throws -> JSONValue {
    let view = LiveView()
    defer { view.clear() }
    return try await api.follow(id) { view.show($0) }
}

/// A JSON or YAML file, or standard input for `-`.
func readDocument(_ path: String) throws -> JSONValue {
    let data = path == "-" ? FileHandle.standardInput.readDataToEndOfFile() : try readFile(path)
    do {
        return try JSONValue(parsing: [UInt8](data))
    } catch {
        // What looks like JSON is told as JSON.
        let first = data.first { !" \t\r\n".utf8.contains($0) }
        let isJSON = first.map { "{[\"".utf8.contains($0) } ?? true
        if !isJSON, let text = String(validating: data, as: UTF8.self), let value = try? JSONValue(yaml: text) {
            return value
        }
        throw ValidationError(
            "\(path) is no valid JSON: \(error.message) at line \(error.line), column \(error.column).")
    }
}
