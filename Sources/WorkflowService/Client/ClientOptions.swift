import ArgumentParser
import Foundation
import JSON

/// What the commands that call a service read of the environment.
enum ClientVariable: String, CaseIterable {
    case url = "WORKFLOW_SERVICE_URL"
    case apiKey = "WORKFLOW_SERVICE_API_KEY"
    case operatorKey = "WORKFLOW_SERVICE_OPERATOR_KEY"
    case profile = "WORKFLOW_SERVICE_PROFILE"
    case authority = "WORKFLOW_SERVICE_CA"
}

/// Which service a command calls, as whom, and how it shows the answer.
struct ClientOptions: ParsableArguments {
    @Option(help: "The service's address; else $WORKFLOW_SERVICE_URL, the profile's, or http://127.0.0.1:8080.")
    var url: String?
    @Option(
        help: "The API key; else $WORKFLOW_SERVICE_API_KEY, the profile's, or data/api-key for this machine's service.")
    var key: String?
    @Option(help: "A profile of ~/.config/workflow-service/cli.yaml; else $WORKFLOW_SERVICE_PROFILE.")
    var profile: String?
    @Option(name: .customLong("ca"), help: "Who signs the service's certificate (PEM).", completion: .file())
    var authority: String?
    @Option(help: "table, json or yaml.") var output: OutputFormat?

    /// - Parameter asOperator: with the operator's key, of $WORKFLOW_SERVICE_OPERATOR_KEY, the profile or data/operator-key.
    func api(asOperator: Bool) throws -> APIClient {
        let environment = ProcessInfo.processInfo.environment
        func variable(_ name: ClientVariable) -> String? {
            environment[name.rawValue].flatMap { $0.isEmpty ? nil : $0 }
        }
        let profile = try ClientProfile.read(profile ?? variable(.profile), environment: environment)
        let url = url ?? variable(.url) ?? profile.url ?? "http://127.0.0.1:8080"
        guard let parsed = URL(string: url), ["http", "https"].contains(parsed.scheme), parsed.host != nil else {
            throw ValidationError("\(url) is no http or https address.")
        }
        let name = asOperator ? "operator-key" : "api-key"
        let given =
            key ?? (asOperator ? variable(.operatorKey) ?? profile.operatorKey : variable(.apiKey) ?? profile.key)
        // A key of this machine's service is nobody else's business.
        let local = parsed.isLoopback ? try? keyFile("data/\(name)") : nil
        guard let key = given ?? local, !key.isEmpty else {
            let beside =
                parsed.isLoopback
                ? ", or run beside data/\(name)" : "; data/\(name) is not sent to another machine"
            throw ValidationError(
                asOperator
                    ? "Give the operator's key: --key or WORKFLOW_SERVICE_OPERATOR_KEY\(beside)."
                    : "Give the API key: --key or WORKFLOW_SERVICE_API_KEY\(beside).")
        }
        return APIClient(
            url: url.hasSuffix("/") ? String(url.dropLast()) : url, key: key,
            authority: authority ?? variable(.authority) ?? profile.authority)
    }

    /// What the API answered, for people as `table` says.
    func show(_ value: JSONValue, or table: () -> String) {
        (output ?? .table).show(value, table: table)
    }
}

/// A command that calls a running service.
protocol ClientCommand: AsyncParsableCommand {
    /// Whether it needs the operator's key instead of a tenant's.
    var asOperator: Bool { get }
    /// Whether it knows `--output csv`.
    static var writesCSV: Bool { get }
    var client: ClientOptions { get }
    func run(_ api: APIClient) async throws
}

extension ClientCommand {
    var asOperator: Bool { false }
    static var writesCSV: Bool { false }

    func run() async throws {
        guard client.output != .csv || Self.writesCSV else {
            throw ValidationError("--output is table, json or yaml here.")
        }
        let api = try client.api(asOperator: asOperator)
        do {
            try await run(api)
        } catch {
            await api.close()
            throw error
        }
        await api.close()
    }
}

/// How much of a list.
struct ListOptions: ParsableArguments {
    @Option(help: "How many entries at most.") var limit = 50
    @Flag(help: "All entries, however many.") var all = false

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
    }

    var count: Int { all ? .max : limit }
}
