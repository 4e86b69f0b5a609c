import ArgumentParser
import JSON

struct Schedules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let templates start by the clock.",
        subcommands: [
            List.self, Show.self, Create.self, Pause.self, Resume.self, Run.self, Delete.self,
        ])

    struct List: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "List the schedules.")
        @OptionGroup var page: ListOptions
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.list("/workflows/schedules", "schedules", limit: page.count)
            client.show(answer) {
                table(
                    answer["schedules"]?.array ?? [],
                    [
                        .name, Field(.status) { $0["paused"] == true ? "paused" : $0["status"]?.string ?? "–" },
                        Field("TEMPLATE", "template"), Field(.init("WHEN")) { Self.when($0["spec"] ?? .null) },
                        .time("CREATED", "created_at"),
                    ], empty: "No schedule.")
            }
        }

        private static func when(_ spec: JSONValue) -> String {
            let crons = spec["cron"]?.array?.map(\.plain) ?? []
            let intervals = spec["intervals"]?.array?.compactMap { $0["every_seconds"]?.integer } ?? []
            let calendars = spec["calendars"]?.array ?? []
            return (crons + intervals.map { "every \(shortDuration($0 * 1000))" } + calendars.map { _ in "calendar" })
                .joined(separator: ", ")
        }
    }

    struct Show: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Show a schedule with its next and last runs.")
        @Argument(help: "The schedule's name.") var name: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let schedule = try await api.get(path("schedules", name))
            client.show(schedule) { details(schedule) }
        }
    }

    struct Create: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a schedule.",
            discussion: """
                --file gives everything that the API takes (calendars, exclusions, policies); flags overlay it.

                Examples:
                  workflow-service schedules create nightly --template report --cron '30 2 * * *' --time-zone Europe/Berlin
                  workflow-service schedules create often --template ping --every 900 --overlap skip
                """)
        @Argument(help: "The schedule's name.") var name: String
        @Option(help: "A JSON or YAML file with the schedule, or -.", completion: .file()) var file: String?
        @Option(help: "The template to start.") var template: String?
        @Option(help: "Its version; the highest at each start without it.") var version: String?
        @Option(help: "A JSON or YAML file with the input.", completion: .file()) var input: String?
        @Flag(help: "Ask for the AI enhancements that the tier allows.") var aiEnhanced = false
        @Option(name: .customLong("tag"), help: "A tag of each execution; repeatable.") var tags: [String] = []
        @Option(help: "A cron expression; repeatable.") var cron: [String] = []
        @Option(name: .customLong("every"), help: "Seconds between two starts; repeatable.") var every: [Int] = []
        @Option(help: "Of the cron expressions: Europe/Berlin; UTC without it.") var timeZone: String?
        @Option(
            help:
                "What when the last one still runs: skip, buffer_one, buffer_all, cancel_other, terminate_other, allow_all."
        )
        var overlap: String?
        @Flag(help: "Create it paused.") var paused = false
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            var body = try file.map(readDocument)?.object ?? [:]
            body["name"] = .string(name)
            body["template"] = template.map { .string($0) } ?? body["template"]
            body["version"] = version.map { .string($0) } ?? body["version"]
            body["input"] = try input.map(readDocument) ?? body["input"]
            if aiEnhanced { body["ai_enhanced"] = true }
            if paused { body["paused"] = true }
            if !tags.isEmpty { body["tags"] = .array(tags.map { .string($0) }) }
            var spec = body["spec"]?.object ?? [:]
            if !cron.isEmpty { spec["cron"] = .array(cron.map { .string($0) }) }
            if !every.isEmpty { spec["intervals"] = .array(every.map { ["every_seconds": .integer(Int64($0))] }) }
            if let timeZone { spec["time_zone"] = .string(timeZone) }
            body["spec"] = .object(spec)
            if let overlap {
                var policy = body["policy"]?.object ?? [:]
                policy["overlap"] = .string(overlap)
                body["policy"] = .object(policy)
            }
            let schedule = try await api.post("/workflows/schedules", .object(body))
            client.show(schedule) { details(schedule) }
        }
    }

    struct Pause: ScheduleCommand {
        static let configuration = CommandConfiguration(abstract: "Let a schedule start nothing until it is resumed.")
        static let verb = "pause"
        @Argument(help: "The schedule's name.") var name: String
        @OptionGroup var client: ClientOptions
    }

    struct Resume: ScheduleCommand {
        static let configuration = CommandConfiguration(abstract: "Let a paused schedule go on.")
        static let verb = "resume"
        @Argument(help: "The schedule's name.") var name: String
        @OptionGroup var client: ClientOptions
    }

    struct Run: ScheduleCommand {
        static let configuration = CommandConfiguration(abstract: "Start a schedule's template now, once.")
        static let verb = "run"
        @Argument(help: "The schedule's name.") var name: String
        @OptionGroup var client: ClientOptions
    }

    struct Delete: ClientCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a schedule; its executions stay.")
        @Argument(help: "The schedule's name.") var name: String
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            try await api.delete(path("schedules", name))
            note("The schedule \(name) is deleted.")
        }
    }
}

/// `POST /workflows/schedules/{name}/VERB`.
protocol ScheduleCommand: ClientCommand {
    static var verb: String { get }
    var name: String { get }
}

extension ScheduleCommand {
    func run(_ api: APIClient) async throws {
        let answer = try await api.post(path("schedules", name, Self.verb))
        client.show(answer) { details(answer) }
    }
}
