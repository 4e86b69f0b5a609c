import AI
import AsyncHTTPClient
import Executions
import Foundation
import JSON
import Storage
import Testing

extension ExecutionsOnTemporal {
    @Suite struct Preview {
        private static func point(_ id: String, _ tier: String = "enterprise") -> String {
            "metadata: { enhancement: { id: \(id), tiers: [\(tier)], fallback: { value: null } } }"
        }

        private static let template = """
            - write:
                call: ai_generate_text_activity
                with: { prompt: Hello, max_tokens: 100 }
                \(point("text"))
            - usual:
                call: ai_generate_text_activity
                with: { prompt: Hello }
                \(point("usual"))
            - unknown:
                call: ai_generate_text_activity
                with: { prompt: Hello, max_tokens: '${ .x }' }
                \(point("unknown"))
            - others:
                call: ai_extract_entities_activity
                with: { text: Hello }
                \(point("others", "premium"))
            - each:
                for: { in: '${ [1, 2] }' }
                do:
                  - sum:
                      call: ai_summarize_activity
                      with: { text: '${ .text }', max_words: 50 }
                      \(point("sum"))
            - sort:
                call: ai_classify_content_activity
                with: { text: Hello, categories: [a, b] }
                \(point("sort"))
            - again:
                switch:
                  - more: { when: '${ .x }', then: sort }
                  - done: { then: time }
            - time:
                call: ai_optimize_timing_activity
                with: { now: '2026-11-23T06:00:00Z' }
                \(point("time"))
            """

        /// A micro-dollar for a token of input, of which there are 1,000 at most, and 20 for one of output.
        private static func service(_ database: any Database) throws -> AIService {
            let model = AIModel(provider: "openai", name: "m")
            let price = ModelPrice(
                effectiveFrom: .distantPast, rates: .init(input: 1_000_000, output: 20_000_000), contextWindow: 1_000)
            return try AIService(
                configuration: AIConfiguration(
                    models: [.enterprise: [model]], openAICompatible: [.init(baseURL: "http://127.0.0.1:1/v1")],
                    prices: [model: [price]]),
                client: HTTPClient.shared, database: database, logger: Workshop.quiet)
        }

        private static func most(_ outputTokens: Int64, calls: Int64 = 3) -> JSONValue {
            // Two tries, and once more to put the answer right; again where a batch may be in vain.
            .integer((1_000 + 20 * outputTokens) * calls)
        }

        @Test func stepsAreBoundedByWhatTheyAskFor() async throws {
            try await Workshop.with { shop in
                try await shop.template("preview", Self.template)
                let preview = try await shop.executions.preview(
                    template: "preview", version: nil, input: nil, for: shop.caller.tenant,
                    ai: try Self.service(shop.database)
                ).json
                let steps = Dictionary(
                    (preview["steps"]?.array ?? []).map { ($0["task"]?.string ?? "", $0) },
                    uniquingKeysWith: { first, _ in first })
                let expected: [(String, JSONValue, Bool)] = [
                    ("write", Self.most(100), false), ("usual", Self.most(1_024), false),
                    ("unknown", Self.most(32_000), false), ("others", 0, false),
                    ("sum", Self.most(4_096 + 4 * 50), true), ("sort", Self.most(4_096, calls: 4), true),
                    ("time", 0, false),
                ]
                #expect(steps.count == expected.count, "\(preview)")
                for (task, most, repeats) in expected {
                    #expect(steps[task]?["max_microdollars"] == most, "\(task): \(preview)")
                    #expect(steps[task]?["repeats"] == .bool(repeats), "\(task)")
                    #expect(steps[task]?["entitled"] == .bool(task != "others"), "\(task)")
                }
                #expect(preview["total"]?["max_microdollars"] == .null, "nobody knows how often a loop turns")
                #expect(steps["time"]?["expected_microdollars"] == 0)
                #expect(steps["write"]?["expected_microdollars"] == .null)
            }
        }

        @Test func whatStepsHaveCostIsExpected() async throws {
            try await Workshop.with { shop in
                let tasks = Self.template.split(separator: "- unknown:").first.map(String.init) ?? ""
                try await shop.template("short", tasks)
                for (activity, cost) in [("a", 100), ("b", 300)] as [(String, Int64)] {
                    let id = try await shop.start("short")
                    var row = UsageRecord(
                        tenantID: shop.tenant, executionID: id, activityName: "ai_generate_text_activity",
                        activityID: "r/\(activity)", provider: "openai", model: "m", costMicrodollars: cost,
                        success: true)
                    row.template = "short"
                    try await AIUsageStore(shop.database).record(row)
                }
                let preview = try await shop.executions.preview(
                    template: "short", version: nil, input: [:], for: shop.caller.tenant,
                    ai: try Self.service(shop.database)
                ).json
                #expect(preview["steps"]?[0]?["expected_microdollars"] == 200, "\(preview)")
                #expect(preview["total"]?["expected_microdollars"] == 400, "\(preview)")
                #expect(preview["total"]?["max_microdollars"] == .integer((2_000 + 20 * 1_124) * 3), "\(preview)")
            }
        }
    }
}
