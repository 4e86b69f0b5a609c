import ArgumentParser
import JSON

struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The tenant's API keys.", subcommands: [List.self, Create.self, Rotate.self, Revoke.self])

    private static let fields: [Field] = [
        .id, .name, Field("KEY", "prefix"), Field("ROLE", "role"), .time("CREATED", "created_at"),
        .time("EXPIRES", "expires_at"), .time("LAST USED", "last_used_at"), .time("REVOKED", "revoked_at"),
    ]

    struct List: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "List the keys; none is readable any more.")
        @OptionGroup var page: ListOptions
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.list("/workflows/keys", "keys", limit: page.count)
            client.show(answer) { table(answer["keys"]?.array ?? [], Keys.fields, empty: "No key.") }
        }
    }

    struct Create: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a key and print it, this once.",
            discussion: """
                Examples:
                  workflow-service keys create ci --role author --scope templates:write --expires-in 7776000
                  workflow-service keys create dashboard --role viewer --output json | jq -r .key
                """)
        @Argument(help: "What it is for.") var name: String
        @Option(
            help: "viewer, author, operator or admin.", completion: .list(["viewer", "author", "operator", "admin"]))
        var role: String
        @Option(name: .customLong("scope"), help: "Only this of what the role may; repeatable.") var scopes: [String] =
            []
        @Option(help: "A time: 2027-01-31T00:00:00Z.") var expiresAt: String?
        @Option(help: "Seconds from now.") var expiresIn: Int?
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            var body: JSONObject = ["name": .string(name), "role": .string(role)]
            if !scopes.isEmpty { body["scopes"] = .array(scopes.map { .string($0) }) }
            body["expires_at"] = expiresAt.map { .string($0) }
            body["expires_in"] = expiresIn.map { .integer(Int64($0)) }
            let key = try await api.post("/workflows/keys", .object(body))
            client.show(key) { details(key) }
        }
    }

    struct Rotate: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new key in the place of one, and print it, this once.",
            discussion: "The old one goes on for the overlap, so that nobody is cut off.")
        @Argument(help: "The key's id.") var id: String
        @Option(help: "Seconds that the old key goes on; a day without it.") var overlap: Int?
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let body = overlap.map { JSONValue.object(["overlap": .integer(Int64($0))]) }
            let key = try await api.post(path("keys", id, "rotate"), body)
            client.show(key) { details(key) }
        }
    }

    struct Revoke: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "End a key at once.")
        @Argument(help: "The key's id.") var id: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            try await api.delete(path("keys", id))
            note("The key \(id) is revoked.")
        }
    }
}
