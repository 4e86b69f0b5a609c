import ArgumentParser
import Foundation
import JSON

struct Execute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Execute a template on a running service and print the execution as JSON.",
        discussion: "Exits with 1 when the execution does not complete."
    )

    @Argument(help: "The template's name.")
    var template: String
    @Option(help: "A JSON file with the input, or - for standard input.")
    var input: String?
    @Option(help: "The template's version; the highest without it.")
    var version: String?
    @Flag(help: "Ask for the AI enhancements that the tenant's tier allows.")
    var aiEnhanced = false
    @Flag(inversion: .prefixedNo, help: "Wait until the execution has ended.")
    var wait = true
    @Option(help: "The service's address.")
    var url = "http://127.0.0.1:8080"
    @Option(help: "The API key; without it $WORKFLOW_SERVICE_API_KEY, or data/api-key.")
    var key: String?

    func run() async throws {
        let client = APIClient(url: url, key: try apiKey())
        var body: JSONObject = ["template": .string(template), "ai_enhanced": .bool(aiEnhanced)]
        body["version"] = version.map { .string($0) }
        body["input"] = try readInput()
        do {
            var execution = try await client.post("/workflows/execute\(wait ? "?wait=30s" : "")", .object(body))
            while wait, let status = execution["status"]?.string, ["pending", "running"].contains(status) {
                note("\(status), \(execution["steps"]?.array?.count ?? 0) steps so far …")
                try await Task.sleep(for: .seconds(1))
                execution = try await client.get("/workflows/executions/\(execution["id"]?.string ?? "")")
            }
            print(execution.serialized(pretty: true))
            if wait, execution["status"]?.string != "completed" { throw ExitCode.failure }
        } catch let error as APIError {
            note("error: \(error.message)")
            throw ExitCode.failure
        }
    }

    private func readInput() throws -> JSONValue {
        guard let input else { return .object(JSONObject()) }
        let data = input == "-" ? FileHandle.standardInput.readDataToEndOfFile() : try readFile(input)
        do {
            return try JSONValue(parsing: [UInt8](data))
        } catch {
            throw ValidationError(
                "\(input) is no valid JSON: \(error.message) at line \(error.line), column \(error.column).")
        }
    }

    private func apiKey() throws -> String {
        if let key = key ?? ProcessInfo.processInfo.environment["WORKFLOW_SERVICE_API_KEY"], !key.isEmpty { return key }
        guard let data = try? Data(contentsOf: URL(filePath: "data/api-key")) else {
            throw ValidationError("Give the API key: --key, or WORKFLOW_SERVICE_API_KEY, or run beside data/api-key.")
        }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
