import ArgumentParser
import Foundation
import JSON

struct AICommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ai", abstract: "What AI can do, what it costs, and how far it may go.",
        subcommands: [
            Capabilities.self, Test.self, Usage.self, Costs.self, Budgets.self, Preview.self, Points.self, Impact.self,
            Unknown.self, AnswerCache.self,
        ])

    struct Capabilities: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what the tenant's tier may ask for, who answers, and how these fare.")
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            let answer = try await api.get("/workflows/ai/capabilities")
            client.show(answer) {
                let tier = answer["tier"]?.string ?? ""
                let models = table(
                    answer["models"]?.array ?? [], Self.modelFields, empty: "The tier \(tier) has no AI.")
                let providers = table(answer["providers"]?.array ?? [], Self.providerFields, empty: "No provider.")
                return "\(models)\n\(providers)"
            }
        }

        private static let modelFields: [Field] = [
            Field("PROVIDER", "provider"), Field("MODEL", "model"), .status, Field("OPERATIONS", "operations"),
            Field(.init("$/M IN", isRight: true)) { ($0["price"]?["input"] ?? .null).plain },
            Field(.init("$/M OUT", isRight: true)) { ($0["price"]?["output"] ?? .null).plain },
        ]

        private static let providerFields: [Field] = [
            .name, .status, Field(.init("CALLS", isRight: true)) { ($0["recent"]?["calls"] ?? .null).plain },
            Field(.init("FAILED", isRight: true)) { ($0["recent"]?["failed"] ?? .null).plain },
            Field(.init("P95", isRight: true)) { $0["recent"]?["p95_ms"]?.integer.map(shortDuration) ?? "–" },
        ]
    }

    struct Test: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Perform one operation and show the answer with all that it took. It is paid for.",
            discussion: """
                A text comes from --text, --file, or standard input. It is the prompt of generate_text and the template of \
                personalize.

                Examples:
                  workflow-service ai test summarize --file report.txt --max-words 50
                  workflow-service ai test classify --text "My card was charged twice" --category billing --category login
                """)
        @Argument(
            help: "generate_text, classify, summarize, extract_entities or personalize.",
            completion: .list(["generate_text", "classify", "summarize", "extract_entities", "personalize"]))
        var operation: String
        @Option(help: "The text.") var text: String?
        @Option(help: "A file with the text.", completion: .file()) var file: String?
        @Option(name: .customLong("category"), help: "Of classify; repeatable.") var categories: [String] = []
        @Option(help: "Of summarize.") var maxWords: Int?
        @Option(help: "Of generate_text.") var maxTokens: Int?
        @Option(help: "Of generate_text: the instructions.") var system: String?
        @Option(help: "Of personalize: a JSON or YAML file with the reader's profile.", completion: .file())
        var profileFile: String?
        @Option(help: "Of personalize: tone, language, length.") var instructions: String?
        @Option(help: "Only this model of the tier: provider/model, or local.") var model: String?
        @Option(help: "use, refresh or bypass kept answers.", completion: .list(["use", "refresh", "bypass"]))
        var cache: String?
        @OptionGroup var client: ClientOptions

        func validate() throws {
            guard text == nil || file == nil else { throw ValidationError("Give --text or --file, not both.") }
        }

        func run(_ api: APIClient) async throws {
            var body: JSONObject = ["operation": .string(operation), member: .string(try wholeText())]
            if !categories.isEmpty { body["categories"] = .array(categories.map { .string($0) }) }
            body["max_words"] = maxWords.map { .integer(Int64($0)) }
            body["max_tokens"] = maxTokens.map { .integer(Int64($0)) }
            body["system"] = system.map { .string($0) }
            body["profile"] = try profileFile.map(readDocument)
            body["instructions"] = instructions.map { .string($0) }
            body["model"] = model.map { .string($0) }
            body["cache"] = cache.map { .string($0) }
            let answer = try await api.post("/workflows/ai/test", .object(body))
            client.show(answer) { details(answer) }
        }

        private var member: String {
            switch operation {
            case "generate_text": "prompt"
            case "personalize": "template"
            default: "text"
            }
        }

        private func wholeText() throws -> String {
            if let text { return text }
            let data = try file.map(readFile) ?? FileHandle.standardInput.readDataToEndOfFile()
            guard let text = String(validating: data, as: UTF8.self) else {
                throw ValidationError("The text is no UTF-8.")
            }
            return text
        }
    }

    struct Preview: ClientCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what an execution with AI may cost, step by step.",
            discussion: """
                Expected is what such steps have cost lately; max holds whatever happens. Figures of a step in a loop are of \
                one turn.
                """)
        @Argument(help: "The template's name.") var template: String
        @Option(help: "Its version; the highest without it.") var version: String?
        @OptionGroup var client: ClientOptions

        func run(_ api: APIClient) async throws {
            var body: JSONObject = ["template": .string(template)]
            body["version"] = version.map { .string($0) }
            let answer = try await api.post("/workflows/ai/preview", .object(body))
            client.show(answer) {
                let steps = table(
                    answer["steps"]?.array ?? [],
                    [
                        Field("TASK", "task"), Field("ACTIVITY", "activity"), Field("POINT", "enhancement_point"),
                        Field("ENTITLED", "entitled"), Field("REPEATS", "repeats"),
                        .money("EXPECTED", "expected_microdollars"), .money("MAX", "max_microdollars"),
                    ], empty: "No step asks AI.")
                let expected = Self.amount(answer["total"]?["expected_microdollars"])
                let maximum = Self.amount(answer["total"]?["max_microdollars"])
                return "\(steps)Total: expected \(expected), at most \(maximum)\n"
            }
        }

        private static func amount(_ value: JSONValue?) -> String { value?.integer.map(dollars) ?? "unknown" }
    }

    struct AnswerCache: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cache", abstract: "Answers that are given again.", subcommands: [Purge.self])

        struct Purge: ClientCommand {
            static let configuration = CommandConfiguration(abstract: "Forget the tenant's answers.")
            @Option(help: "Only those of this operation.") var operation: String?
            @OptionGroup var client: ClientOptions

            func run(_ api: APIClient) async throws {
                let answer = try await api.delete("/workflows/ai/cache", ["operation": operation])
                client.show(answer) { "\(answer["answers"]?.integer ?? 0) answers are forgotten.\n" }
            }
        }
    }
}
