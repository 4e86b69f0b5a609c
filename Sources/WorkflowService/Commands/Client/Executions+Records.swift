import ArgumentParser
import Foundation
import JSON

/// What an execution left behind: its log lines, its history, its events.
extension Executions {
    struct Logs: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the log lines of an execution.",
            discussion: "Example:\n  workflow-service executions logs ID --level warning --follow")
        @Argument(help: "The execution's id.") var id: String
        @Option(help: "trace, debug, info, notice, warning, error: that and what is worse.") var level: String?
        @Flag(help: "Go on with the lines to come, until the execution has ended.") var follow = false
        @OptionGroup var page: ListOptions
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let logs = path("executions", id, "logs")
            guard follow else {
                let answer = try await api.list(logs, "logs", ["level": level], limit: page.count)
                return client.show(answer) {
                    (answer["logs"]?.array ?? []).map(Self.line).joined(separator: "\n")
                }
            }
            try await api.resumableEvents(at: logs, query: ["level": level, "follow": "true"], of: id, after: nil) {
                let line = (try? JSONValue(parsing: $0.data)) ?? .string($0.data)
                switch client.output ?? .table {
                case .table, .csv: say(Self.line(line))
                case .json: say(line.serialized())
                case .yaml: say("---\n" + line.yaml)
                }
            }
        }

        private static func line(_ entry: JSONValue) -> String {
            let terminal = Terminal.current
            let level = entry["level"]?.string ?? ""
            let colour: Terminal.Colour? =
                switch level {
                case "error", "critical": .red
                case "warning": .yellow
                default: nil
                }
            // What all lines share is in the command already.
            let shared: Set = ["tenant", "execution", "run", "workflow"]
            let fields = (entry["fields"]?.object ?? [:]).filter { !shared.contains($0.key) }
                .map { "\($0.key)=\($0.value.plain)" }
            let start = "\(entry["time"]?.string ?? "") \(terminal.coloured(level, colour))"
            let text = TextTable.line(([entry["message"]?.string ?? ""] + fields).joined(separator: "  "))
            return "\(start) \(text)"
        }
    }

    struct History: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the history of an execution, from Temporal or as it was archived at its end.",
            discussion: "The JSON form holds each event whole, with payloads as the values that they are.")
        @Argument(help: "The execution's id.") var id: String
        @Option(help: "One of its runs, by Temporal's run id; the last without it.") var run: String?
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.get(path("executions", id, "history"), ["run": run])
            client.show(answer) {
                table(
                    answer["events"]?.array ?? [],
                    [
                        Field(.init("EVENT", isRight: true)) { ($0["eventId"] ?? .null).plain },
                        .time("TIME", "eventTime"),
                        Field(.init("TYPE")) { Self.name($0["eventType"]?.string ?? "") },
                    ], empty: "No event.")
            }
        }

        /// `EVENT_TYPE_ACTIVITY_TASK_SCHEDULED` as `ActivityTaskScheduled`.
        private static func name(_ type: String) -> String {
            guard type.hasPrefix("EVENT_TYPE_") else { return type }
            return type.dropFirst("EVENT_TYPE_".count).split(separator: "_").map(\.capitalized).joined()
        }
    }

    struct Events: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what happens to an execution while it happens, to its end.",
            discussion: """
                One event a line; with --output json each is an object {"id", "event", "data"} on one line. A cut \
                connection is taken up again where it broke.
                """)
        @Argument(help: "The execution's id.") var id: String
        @Option(name: .customLong("after"), help: "Only what came after the event with this id.") var last: String?
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            try await api.resumableEvents(at: path("executions", id, "events"), of: id, after: last, show)
        }

        private func show(_ event: ServerSentEvent) {
            switch client.output ?? .table {
            case .table, .csv: say(TextTable.line("\(event.name)  \(event.data)"))
            case .json: say(event.json.serialized())
            case .yaml: say("---\n" + event.json.yaml)
            }
        }
    }
}
