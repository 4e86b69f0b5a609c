import ArgumentParser
import Foundation
import JSON

/// A command of the operator.
protocol OperatorCommand: ClientCommand {}

extension OperatorCommand {
    var asOperator: Bool { true }
}

struct Tenants: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create, change and remove tenants, with the operator's key.",
        discussion: """
            The key is data/operator-key of the service; else --key, $WORKFLOW_SERVICE_OPERATOR_KEY or the profile's \
            operator_key.
            """,
        subcommands: [
            List.self, Show.self, Create.self, Update.self, Suspend.self, Resume.self, CreateKey.self, Export.self,
            Delete.self,
        ]
    )

    struct List: OperatorCommand {
        static let configuration = CommandConfiguration(abstract: "List the tenants.")
        @OptionGroup var page: ListOptions
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.list("/workflows/tenants", "tenants", limit: page.count)
            client.show(answer) {
                table(
                    answer["tenants"]?.array ?? [],
                    [.id, .name, Field("TIER", "tier"), .status, .time("CREATED", "created_at")], empty: "No tenant.")
            }
        }
    }

    struct Show: OperatorCommand {
        static let configuration = CommandConfiguration(abstract: "Show a tenant with its limits.")
        @Argument(help: "The tenant's id.") var id: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let tenant = try await api.get(path("tenants", id))
            client.show(tenant) { details(tenant) }
        }
    }

    struct Create: OperatorCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a tenant and print its first API key, this once.",
            discussion: """
                Examples:
                  workflow-service tenants create "Acme Ltd" --tier premium
                  workflow-service tenants create acme --output json | jq -r .key.key
                """)
        @Argument(help: "The tenant's name.") var name: String
        @OptionGroup var terms: TermOptions
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            var body = try terms.members()
            body["name"] = .string(name)
            let answer = try await api.post("/workflows/tenants", .object(body))
            client.show(answer) {
                "Tenant: \(answer["tenant"]?["id"]?.string ?? "")\nAPI key: \(answer["key"]?["key"]?.string ?? "")\n"
            }
        }
    }

    struct Update: OperatorCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a tenant's name, tier or limits.",
            discussion: "Example:\n  workflow-service tenants update ID --limit concurrent_executions=500")
        @Argument(help: "The tenant's id.") var id: String
        @Option(help: "Its new name.") var name: String?
        @OptionGroup var terms: TermOptions
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            var body = try terms.members()
            body["name"] = name.map { .string($0) }
            guard !body.isEmpty else { throw ValidationError("Say what to change: --name, --tier or --limit.") }
            let tenant = try await api.patch(path("tenants", id), .object(body))
            client.show(tenant) { details(tenant) }
        }
    }

    struct Suspend: OperatorCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuse a tenant's requests until it is resumed; what runs goes on.")
        @Argument(help: "The tenant's id.") var id: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let tenant = try await api.patch(path("tenants", id), ["suspended": true])
            client.show(tenant) { details(tenant) }
        }
    }

    struct Resume: OperatorCommand {
        static let configuration = CommandConfiguration(abstract: "Take a suspended tenant's requests again.")
        @Argument(help: "The tenant's id.") var id: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let tenant = try await api.patch(path("tenants", id), ["suspended": false])
            client.show(tenant) { details(tenant) }
        }
    }

    struct CreateKey: OperatorCommand {
        static let configuration = CommandConfiguration(
            commandName: "create-key", abstract: "Create a key for a tenant that has lost its own; print it, this once."
        )
        @Argument(help: "The tenant's id.") var id: String
        @Option(help: "What it is for.") var name = "recovered"
        @Option(help: "viewer, author, operator or admin.") var role = "admin"
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let key = try await api.post(path("tenants", id, "keys"), ["name": .string(name), "role": .string(role)])
            client.show(key) { details(key) }
        }
    }
}

/// What a tenant may.
struct TermOptions: ParsableArguments {
    @Option(help: "basic, premium or enterprise.", completion: .list(["basic", "premium", "enterprise"]))
    var tier: String?
    @Option(
        name: .customLong("limit"),
        help: ArgumentHelp(
            "requests_per_minute, concurrent_executions, …; `default` gives the tier's own back. Repeatable.",
            valueName: "name=value"))
    var limits: [String] = []

    func members() throws -> JSONObject {
        var members = JSONObject()
        members["tier"] = tier.map { .string($0) }
        var values = JSONObject()
        for text in limits {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[1] == "default" || Int64(parts[1]) != nil else {
                throw ValidationError("--limit \(text): expected NAME=NUMBER or NAME=default.")
            }
            values[parts[0]] = Int64(parts[1]).map { .integer($0) } ?? .null
        }
        if !values.isEmpty { members["limits"] = .object(values) }
        return members
    }
}
