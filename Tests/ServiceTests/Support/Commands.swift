import Foundation
import JSON
import Subprocess
import Testing

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// How a command ended and what it said.
struct CommandResult: Sendable, CustomStringConvertible {
    var status: Int
    var output: String
    var error: String

    var description: String { "exit \(status)\n\(output)\n\(error)" }
}

/// Runs a program to its end, with `variables` beside what every service under test gets.
func run(
    _ program: String, _ arguments: [String], in folder: URL? = nil, environment variables: [String: String] = [:]
) async throws -> CommandResult {
    var environment: [Environment.Key: String] = [:]
    for (name, value) in Package.environment.merging(variables, uniquingKeysWith: { $1 }) {
        environment[Environment.Key(stringLiteral: name)] = value
    }
    let result = try await Subprocess.run(
        .path(FilePath(program)), arguments: Arguments(arguments), environment: .custom(environment),
        workingDirectory: folder.map { FilePath($0.path) }, output: .string(limit: 64 << 20),
        error: .string(limit: 1 << 20)
    )
    let status = if case .exited(let code) = result.terminationStatus { Int(code) } else { -1 }
    return CommandResult(status: status, output: result.standardOutput, error: result.standardError)
}

extension RunningService {
    /// `workflow-service` on this service's data folder or address.
    func command(_ arguments: String...) async throws -> CommandResult {
        try await run(Package.program.path, arguments, in: data.deletingLastPathComponent())
    }

    /// `workflow-service` on this service, with the operator's key.
    func operatorCommand(_ arguments: String...) async throws -> CommandResult {
        let key = try String(contentsOf: data.appending(path: "operator-key"), encoding: .utf8)
        return try await run(
            Package.program.path, arguments, in: data.deletingLastPathComponent(),
            environment: [
                "WORKFLOW_SERVICE_URL": address,
                "WORKFLOW_SERVICE_OPERATOR_KEY": key.trimmingCharacters(in: .whitespacesAndNewlines),
            ])
    }

    /// A new tenant with its key, made by the operator's command while the service runs.
    func makeTenant(_ name: String, tier: String) async throws -> (id: String, key: String) {
        let made = try await operatorCommand("tenants", "create", name, "--tier", tier)
        let lines = made.output.split(separator: "\n")
        try #require(made.status == 0 && lines.count == 2, "\(made)")
        return (String(lines[0].dropFirst("Tenant: ".count)), String(lines[1].dropFirst("API key: ".count)))
    }

    /// The official command-line program on this service's Temporal.
    func temporal(_ arguments: [String]) async throws -> CommandResult {
        try await run(Package.temporal, arguments + ["--address", temporalAddress, "--namespace", "workflow-service"])
    }

    func temporalJSON(_ arguments: String...) async throws -> JSONValue {
        let result = try await run(
            Package.temporal,
            arguments + ["--address", temporalAddress, "--namespace", "workflow-service", "-o", "json"])
        try #require(result.status == 0, "\(result)")
        return try JSONValue(parsing: result.output)
    }

    /// `WORKFLOW_EXECUTION_STATUS_…` without its prefix.
    func temporalStatus(_ id: String) async throws -> String {
        let described = try await temporalJSON("workflow", "describe", "-w", id)
        let status = described["workflowExecutionInfo"]?["status"]?.string ?? "none"
        return status.replacing("WORKFLOW_EXECUTION_STATUS_", with: "")
    }
}
