import ArgumentParser
import Foundation
import JSON

/// What an execution left behind: its log lines, its history, its events.
extension Executions {
    struct Logs: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the log lines of an execution.",
            discussion: "Example:\n  workflow-service executions logs ID --level warning")
        @Argument(help: "The execution's id.") var id: String
        @Option(help: "trace, debug, info, notice, warning, error: that and what is worse.") var level: String?
        @OptionGroup var page: ListOptions
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.list(path("executions", id, "logs"), "logs", ["level": level], limit: page.count)
            client.show(answer) {
                (answer["logs"]?.array ?? []).map(Self.line).joined(separator: "\n")
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
            let known: Set = ["id", "level", "message", "timestamp", "time", "at", "step", "label", "metadata"]
            var rest = (entry["metadata"]?.object ?? [:]).map { "\($0.key)=\($0.value.plain)" }
            rest += (entry.object ?? [:]).filter { !known.contains($0.key) && !$0.value.isNull }
                .map { "\($0.key)=\($0.value.plain)" }
            let time = entry["timestamp"]?.string ?? entry["time"]?.string ?? entry["at"]?.string ?? ""
            let step = entry["step"]?.string.map { " [\($0)]" } ?? ""
            let text = "\(time) \(terminal.coloured(level, colour))\(step) \(entry["message"]?.string ?? "")"
            return TextTable.line(rest.isEmpty ? text : "\(text)  \(rest.joined(separator: " "))")
        }
    }

    struct History: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the history of an execution, from Temporal or as it was archived at its end.")
        @Argument(help: "The execution's id.") var id: String
        @Option(help: "One of its runs, by Temporal's run id.") var run: String?
        @OptionGroup var page: ListOptions
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.list(
                path("executions", id, "history"), "events", ["run_id": run], limit: page.count)
            client.show(answer) {
                table(
                    answer["events"]?.array ?? [],
                    [
                        Field(.init("EVENT", isRight: true)) { ($0["event_id"] ?? $0["id"] ?? .null).plain },
                        Field(.init("TIME")) { shortTime(($0["time"] ?? $0["at"] ?? .null).string) },
                        Field(.init("TYPE")) { ($0["type"] ?? $0["event_type"] ?? .null).plain },
                    ], empty: "No event.")
            }
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
            var (last, failures) = (last, 0)
            while true {
                do {
                    try await api.events(of: id, after: last) { event in
                        last = event.id ?? last
                        failures = 0
                        show(event)
                    }
                    let execution = try await api.get(path("executions", id))
                    if !ExecutionView(execution: execution).isOpen { return }
                } catch let error as APIError where error.exitCode != .unavailable || failures >= 60 {
                    throw error
                } catch is CancellationError {
                    throw CancellationError()
                } catch {
                    failures += 1
                }
                try await Task.sleep(for: .seconds(1))
            }
        }

        private func show(_ event: ServerSentEvent) {
            switch client.output ?? .table {
            case .table: say(TextTable.line("\(event.name)  \(event.data)"))
            case .json: say(event.json.serialized())
            case .yaml: say("---\n" + event.json.yaml)
            }
        }
    }
}
