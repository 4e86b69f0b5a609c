import ArgumentParser
import AsyncHTTPClient
import Foundation
import JSON
import NIOCore

/// What was spent, and what may be.
extension AICommands {
    struct Usage: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count calls, failures, cache hits and tokens.",
            discussion: "Example:\n  workflow-service ai usage --by day,model --from 2026-11-01")
        @OptionGroup var report: ReportOptions
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.get("/workflows/ai/usage", report.query)
            client.show(answer) {
                table(
                    answer["totals"]?.array ?? [],
                    ReportOptions.groups(of: answer) + [
                        .count("CALLS", "calls"), .count("FAILED", "failures"), .count("CACHED", "cache_hits"),
                        .count("TOKENS IN", "input_tokens"), .count("TOKENS OUT", "output_tokens"),
                    ], empty: "No call.")
            }
        }
    }

    struct Costs: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sum up what calls have cost.",
            discussion: """
                Examples:
                  workflow-service ai costs --by day,template
                  workflow-service ai costs --by model --from 2026-11-01 --to 2026-12-01 --output csv > november.csv
                """)
        static let writesCSV = true
        @OptionGroup var report: ReportOptions
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            guard client.output != .csv else { return try await writeCSV(api) }
            let answer = try await api.get("/workflows/ai/costs", report.query)
            client.show(answer) {
                table(
                    answer["totals"]?.array ?? [],
                    ReportOptions.groups(of: answer) + [.count("CALLS", "calls"), .money("COST", "cost_microdollars")],
                    empty: "No call.")
            }
        }

        private func writeCSV(_ api: APIClient) async throws {
            let query = report.query.merging(["format": "csv"]) { $1 }
            for try await chunk in try await api.stream("/workflows/ai/costs", query: query) {
                try FileHandle.standardOutput.write(contentsOf: Data(chunk.readableBytesView))
            }
        }
    }

    /// What figures are asked for.
    struct ReportOptions: ParsableArguments {
        @Option(
            help: "Of day, template, activity, provider, model, operation, outcome, point: one or more, commas between."
        )
        var by: String?
        @Option(help: "A day or a time; 30 days before the end without it.") var from: String?
        @Option(help: "A day or a time, not included; now without it.") var to: String?
        @Option(help: "How many lines at most.") var limit: Int?

        var query: [String: String?] { ["by": by, "from": from, "to": to, "limit": limit.map { "\($0)" }] }

        /// A column for each member that the answer groups by.
        static func groups(of answer: JSONValue) -> [Field] {
            (answer["by"]?.array ?? []).compactMap(\.string).map { Field($0.uppercased(), $0) }
        }
    }

    struct Budgets: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How much AI may cost.", subcommands: [List.self, Set.self, Delete.self])

        private static let fields: [Field] = [
            .id, Field("SET BY", "set_by"), Field("TEMPLATE", "template"), Field("ENVIRONMENT", "environment"),
            Field("PERIOD", "period"), Field(.init("HARD")) { $0["hard"] == true ? "hard" : "soft" },
            amount("CAP", "cap"), amount("USED", "used"), amount("RESERVED", "reserved"),
            amount("LEFT", "remaining"), .time("RESETS", "resets_at"),
        ]

        private static func amount(_ title: String, _ member: String) -> Field {
            Field(.init(title, isRight: true)) { budget in
                guard let amount = budget[member]?.integer else { return "–" }
                return budget["unit"] == "tokens" ? "\(amount)" : dollars(amount)
            }
        }

        struct List: ClientCommand {
            static let configuration = CommandConfiguration(abstract: "List the budgets, and where they stand.")
            @OptionGroup var client: ClientOptions

            func run(_ api: APIClient) async throws {
                let answer = try await api.get("/workflows/ai/budgets")
                client.show(answer) { table(answer["budgets"]?.array ?? [], Budgets.fields, empty: "No budget.") }
            }
        }

        struct Set: ClientCommand {
            static let configuration = CommandConfiguration(
                abstract: "Set a budget, or another cap for one of the same scope, period and kind.",
                discussion: """
                    A hard budget refuses what does not fit; a soft one only tells.

                    Examples:
                      workflow-service ai budgets set --period month --dollars 50.00
                      workflow-service ai budgets set --period day --tokens 1000000 --template report --soft
                    """)
            @Option(help: "day or month, of UTC.", completion: .list(["day", "month"])) var period: String
            @Option(help: "The cap in dollars, such as 5.00.") var dollars: String?
            @Option(help: "The cap in tokens instead.") var tokens: Int?
            @Option(help: "Only for calls of this template.") var template: String?
            @Option(help: "Only for calls in this environment.") var environment: String?
            @Flag(help: "Tell, and refuse nothing.") var soft = false
            @OptionGroup var client: ClientOptions

            func validate() throws {
                guard (dollars == nil) != (tokens == nil) else { throw ValidationError("Give --dollars or --tokens.") }
            }

            func run(_ api: APIClient) async throws {
                var body: JSONObject = ["period": .string(period), "hard": .bool(!soft)]
                body["dollars"] = dollars.map { .string($0) }
                body["cap"] = tokens.map { .integer(Int64($0)) }
                body["unit"] = tokens.map { _ in .string("tokens") }
                body["template"] = template.map { .string($0) }
                body["environment"] = environment.map { .string($0) }
                let budget = try await api.put("/workflows/ai/budgets", .object(body))
                client.show(budget) { details(budget) }
            }
        }

        struct Delete: ClientCommand {
            static let configuration = CommandConfiguration(abstract: "Delete a budget that the tenant has set.")
            @Argument(help: "The budget's id.") var id: String
            @OptionGroup var client: ClientOptions

            func run(_ api: APIClient) async throws {
                try await api.delete(path("ai", "budgets", id))
                note("The budget \(id) is deleted.")
            }
        }
    }

    struct Unknown: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "List calls whose end nobody saw; each counts at its maximum.")
        @OptionGroup var page: ListOptions
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.list("/workflows/ai/unknown", "calls", limit: page.count)
            client.show(answer) {
                table(
                    answer["calls"]?.array ?? [],
                    [
                        .id, .time("AT", "created_at"), Field("ACTIVITY", "activity"), Field("PROVIDER", "provider"),
                        Field("MODEL", "model"), .money("COUNTED", "cost_microdollars"),
                    ], empty: "No call of unknown outcome.")
            }
        }
    }
}

extension Field {
    fileprivate static func count(_ title: String, _ member: String) -> Field {
        Field(.init(title, isRight: true)) { ($0[member] ?? .null).plain }
    }
}
