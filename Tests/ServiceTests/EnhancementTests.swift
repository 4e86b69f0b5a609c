import Foundation
import JSON
import Storage
import Testing

extension SharedService {
    /// AI makes a run better and can never make it fail.
    @Suite struct Enhancement {
        @Test func basicTenantIsToldThatItIsNotEntitled() async throws {
            let answer = try await service.execute(
                text: "Some text.", enhanced: true, wait: 60, key: try SharedService.current.basic.key)
            #expect(answer.executionStatus == "completed", "\(answer)")
            #expect(
                answer.fallbackReasons == [
                    "summary": "not_entitled", "entities": "not_entitled", "classification": "not_entitled",
                ])
            #expect(answer["fallback_used"] == true && answer["ai_activities_used"] == [])
            #expect(answer.result?["words"] == 2 && answer.result?["summary"] == .null)
        }

        @Test func goodAnswersAreUsedAndPaidFor() async throws {
            let service = try service
            let answer = try await service.execute(
                text: "Ada Lovelace wrote the notes.", enhanced: true, wait: 60,
                key: try SharedService.current.premium.key)
            #expect(answer.executionStatus == "completed" && answer["fallback_used"] == false, "\(answer)")
            let result = try #require(answer.result)
            #expect(result["summary"] == "Ada Lovelace wrote notes.")
            #expect(
                result["classification"]?["category"] == "Report" && result["classification"]?["provider"] == "openai")
            #expect(result["entities"]?[0]?["text"] == "Ada Lovelace" && result["entities"]?[0]?["end"] == 12)
            // 1,000 tokens at $1 and 100 at $20 a million, three times.
            #expect(answer["ai_cost_microdollars"] == 9000 && answer["ai_cost_cents"] == 1)

            let usage = try await Self.usage(of: answer.id, service)
            #expect(usage.count == 3)
            for row in usage {
                #expect(
                    row.success && row.model == ScriptedAI.model && row.microdollars == 3000 && row.inputTokens == 1000)
            }
            #expect(Set(usage.map(\.activity)).count == 3)
        }

        @Test(arguments: [
            ("AI-500", "unavailable"), ("AI-429", "rate_limited"), ("AI-GARBAGE", "invalid_response"),
            ("AI-NOFORM", "invalid_response"),
        ])
        func failingProviderLeavesTheStandardResult(mode: String, reason: String) async throws {
            let service = try service
            let answer = try await service.execute(
                text: "This text asks for \(mode).", enhanced: true, wait: 60,
                key: try SharedService.current.premium.key)
            try await Self.expectFallback(answer, reason, service)
        }

        fileprivate static func expectFallback(_ answer: Answer, _ reason: String, _ service: RunningService)
            async throws
        {
            #expect(answer.executionStatus == "completed", "\(answer)")
            #expect(
                answer.fallbackReasons == ["summary": reason, "entities": reason, "classification": reason], "\(answer)"
            )
            #expect(
                answer["fallbacks"]?.array?.allSatisfy { $0["detail"]?.string?.isEmpty == false } == true, "\(answer)")
            #expect(answer["fallback_used"] == true && answer["ai_activities_used"] == [])
            #expect(
                answer.result?["words"] == 5 && answer.result?["summary"] == .null
                    && answer.result?["entities"] == .null)
            #expect(answer.result?["processed_document"]?["id"]?.string != nil)
            let usage = try await usage(of: answer.id, service)
            #expect(usage.count >= 3 && usage.allSatisfy { !$0.success }, "\(usage)")
            #expect(!answer.body.serialized().contains("sk-secret"))
        }

        private struct Usage: Sendable {
            var activity: String
            var model: String
            var success: Bool
            var microdollars: Int64
            var inputTokens: Int64
        }

        private static func usage(of execution: String, _ service: RunningService) async throws -> [Usage] {
            let database = try await service.openDatabase()
            return try await database.read { connection in
                try connection.query(
                    "SELECT *, coalesce(input_tokens, 0) AS tokens FROM ai_usage_logs WHERE workflow_execution_id = ?",
                    [execution]
                ).map {
                    Usage(
                        activity: try $0.get("activity_name"), model: try $0.get("model"),
                        success: try $0.get("success"),
                        microdollars: try $0.get("cost_microdollars"), inputTokens: try $0.get("tokens"))
                }
            }
        }
    }
    /// The provider is given 45 s; a suite apart, so that the others run meanwhile.
    @Suite struct SilentProvider {
        @Test func silentProviderLeavesTheStandardResult() async throws {
            let scope = try SharedService.current
            let answer = try await scope.service.closed(scope.silent, key: scope.premium.key)
            try await Enhancement.expectFallback(answer, "timed_out", scope.service)
        }
    }
}
