import ArgumentParser
import JSON

/// Enhancement points: what is set for them, and what they bring.
extension AICommands {
    struct Points: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Switch enhancement points, and hold some executions out to compare with.",
            subcommands: [List.self, Set.self], defaultSubcommand: List.self)

        struct List: ClientCommand {
            static let configuration = CommandConfiguration(abstract: "List the enhancement points.")
            @OptionGroup var client: ClientOptions

            func run(_ api: APIClient) async throws {
                let answer = try await api.get("/workflows/ai/points")
                client.show(answer) {
                    table(
                        answer["points"]?.array ?? [],
                        [
                            Field("TEMPLATE", "template"), Field("POINT", "point"), Field("ENABLED", "enabled"),
                            Field("HOLD-OUT", "holdout"),
                        ], empty: "No enhancement point.")
                }
            }
        }

        struct Set: ClientCommand {
            static let configuration = CommandConfiguration(
                abstract: "Switch a point on or off, with a hold-out share, for executions that start from now on.",
                discussion: "Example:\n  workflow-service ai points set report summary --holdout 0.1")
            @Argument(help: "The template's name.") var template: String
            @Argument(help: "The point's id.") var point: String
            @Flag(help: "Switch it off.") var off = false
            @Option(help: "The share of executions that do without, 0 to 1.") var holdout = 0.0
            @OptionGroup var client: ClientOptions

            func run(_ api: APIClient) async throws {
                let setting = try await api.put(
                    path("ai", "points", template, point), ["enabled": .bool(!off), "holdout": .number(holdout)])
                client.show(setting) { details(setting) }
            }
        }
    }

    struct Impact: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare executions with and without each enhancement point.",
            discussion:
                "Outcomes are compared with --output json; they come from POST /workflows/executions/ID/outcome.")
        @Option(help: "Of this template alone.") var template: String?
        @Option(help: "Of this point alone.") var point: String?
        @Option(help: "24h, 7d, 30d or 90d.", completion: .list(["24h", "7d", "30d", "90d"])) var window: String?
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.get(
                "/workflows/ai/impact", ["template": template, "point": point, "window": window])
            client.show(answer) {
                table(
                    answer["points"]?.array ?? [],
                    [
                        Field("TEMPLATE", "template"), Field("VERSION", "version"), Field("POINT", "point"),
                        Field(.init("RUNS", isRight: true)) { ($0["runs"] ?? .null).plain },
                        Field(.init("USED", isRight: true)) { ($0["used"] ?? .null).plain },
                        Field(.init("FALLBACK RATE", isRight: true)) { ($0["fallback_rate"] ?? .null).plain },
                        .money("COST", "cost_microdollars"),
                        Field(.init("P95", isRight: true)) {
                            $0["latency_ms"]?["p95"]?.integer.map(shortDuration) ?? "–"
                        },
                        Field(.init("OUTCOMES")) { point in
                            (point["outcomes"]?.array ?? []).compactMap { $0["name"]?.string }.joined(separator: ", ")
                        },
                    ], empty: "No run of an enhancement point.")
            }
        }
    }
}
