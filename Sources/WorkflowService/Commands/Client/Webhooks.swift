import ArgumentParser
import JSON

struct Webhooks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Where the tenant is told how its executions ended.",
        subcommands: [
            List.self, Show.self, Create.self, Update.self, Rotate.self, Test.self, Delete.self, Deliveries.self,
            Redeliver.self,
        ])

    struct List: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "List the webhooks.")
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.get("/workflows/webhooks")
            client.show(answer) {
                table(
                    answer["webhooks"]?.array ?? [],
                    [
                        .id, Field("ENABLED", "enabled"), Field("URL", "url"), Field("EVENTS", "events"),
                        .time("FAILING SINCE", "failing_since"),
                    ], empty: "No webhook.")
            }
        }
    }

    struct Show: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Show a webhook.")
        @Argument(help: "The webhook's id.") var id: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let webhook = try await api.get(path("webhooks", id))
            client.show(webhook) { details(webhook) }
        }
    }

    struct Create: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a webhook and print the secret that signs its messages, this once.",
            discussion:
                "Example:\n  workflow-service webhooks create https://example.com/hooks --event execution.failed")
        @Argument(help: "Where to send.") var address: String
        @Option(
            name: .customLong("event"), help: "execution.completed, execution.failed, …; all without it. Repeatable.")
        var events: [String] = []
        @Option(help: "What it is for.") var description: String?
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            var body: JSONObject = ["url": .string(address)]
            if !events.isEmpty { body["events"] = .array(events.map { .string($0) }) }
            body["description"] = description.map { .string($0) }
            let webhook = try await api.post("/workflows/webhooks", .object(body))
            client.show(webhook) { details(webhook) }
        }
    }

    struct Update: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Change a webhook, or enable it again.")
        @Argument(help: "The webhook's id.") var id: String
        @Option(name: .customLong("to"), help: "Where to send.") var address: String?
        @Option(name: .customLong("event"), help: "Instead of the events so far; repeatable.") var events: [String] = []
        @Option(help: "What it is for.") var description: String?
        @Flag(inversion: .prefixedEnableDisable, help: "Whether it is sent anything.") var sending: Bool?
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            var body = JSONObject()
            body["url"] = address.map { .string($0) }
            if !events.isEmpty { body["events"] = .array(events.map { .string($0) }) }
            body["description"] = description.map { .string($0) }
            body["enabled"] = sending.map { .bool($0) }
            let webhook = try await api.patch(path("webhooks", id), .object(body))
            client.show(webhook) { details(webhook) }
        }
    }

    struct Rotate: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new signing secret and print it, this once; both sign during the overlap.")
        @Argument(help: "The webhook's id.") var id: String
        @Option(help: "Seconds that the old secret signs too; a day without it.") var overlap: Int?
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let body = overlap.map { JSONValue.object(["overlap": .integer(Int64($0))]) }
            let webhook = try await api.post(path("webhooks", id, "rotate"), body)
            client.show(webhook) { details(webhook) }
        }
    }

    struct Test: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Send a message that says nothing but that it came.")
        @Argument(help: "The webhook's id.") var id: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let delivery = try await api.post(path("webhooks", id, "test"))
            client.show(delivery) { details(delivery) }
        }
    }

    struct Delete: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a webhook and its deliveries.")
        @Argument(help: "The webhook's id.") var id: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            try await api.delete(path("webhooks", id))
            note("The webhook \(id) is deleted.")
        }
    }

    struct Deliveries: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "List what was sent, the newest first.")
        @Argument(help: "The webhook's id.") var id: String
        @Option(help: "pending, delivered or failed.") var status: String?
        @OptionGroup var page: ListOptions
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.list(
                path("webhooks", id, "deliveries"), "deliveries", ["status": status], limit: page.count)
            client.show(answer) {
                table(
                    answer["deliveries"]?.array ?? [],
                    [
                        .id, .status, Field("EVENT", "event"), Field("EXECUTION", "execution_id"),
                        Field("ATTEMPTS", "attempts"), .time("CREATED", "created_at"),
                        .time("NEXT ATTEMPT", "next_attempt_at"),
                    ], empty: "No delivery.")
            }
        }
    }

    struct Redeliver: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Send a delivery again.")
        @Argument(help: "The webhook's id.") var id: String
        @Argument(help: "The delivery's id.") var delivery: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.post(path("webhooks", id, "deliveries", delivery, "redeliver"))
            client.show(answer) { details(answer) }
        }
    }
}
