import AI
import AsyncHTTPClient
import Foundation
import JSON
import Logging
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct AIServiceTests {
    @Test func theLocalModelAnswersAndLeavesARow() async throws {
        let ledger = try await Ledger()
        let response = try await ledger.service(["local"]).perform(
            .classify(text: Documents.invoice, categories: ["Contract", "Invoice"]), for: ledger.caller())
        #expect(response.value == .category("Invoice"))
        #expect(response.usedFailover == false)
        let row = try #require(try await ledger.rows().first)
        #expect(row.provider == "local" && row.model == "local" && row.success && row.costMicrodollars == 0)
        #expect(row.confidence == response.confidence)
        #expect(
            row.activityName == "ai_summarize_activity" && row.activityID == "7" && row.attempt == 1
                && row.callNumber == 0)
        #expect(!row.fallbackUsed)
    }

    @Test func aTierWithoutModelsIsNotEntitled() async throws {
        let ledger = try await Ledger()
        let error = await #expect(throws: AIError.self) {
            try await ledger.service(["local"]).perform(.summarize(text: "a"), for: ledger.caller(.basic))
        }
        #expect(error?.code == .notEntitled)
        #expect(try await ledger.rows().isEmpty)
    }

    @Test func aBadRequestIsRefusedBeforeAnyCall() async throws {
        let ledger = try await Ledger()
        let service = try ledger.service(["local"])
        for operation: AIOperation in [
            .generateText(prompt: " "), .generateText(prompt: "a", maxTokens: 0), .classify(text: "a", categories: []),
            .classify(text: "a", categories: ["a", "a"]), .classify(text: "a", categories: [""]),
            .summarize(text: "a", maxWords: 0),
            .classify(text: "a", categories: (0...100).map(String.init)), .summarize(text: "a", maxWords: .max),
        ] {
            let error = await #expect(throws: AIError.self) {
                try await service.perform(operation, for: ledger.caller())
            }
            #expect(error?.code == .badRequest)
        }
        #expect(try await ledger.rows().isEmpty)
    }

    @Test(arguments: [
        ScriptedServer.Answer.status(500), .status(429), .status(401), .status(200, body: "garbage"), .cut,
        .status(429, body: #"{"error":{"code":"insufficient_quota"}}"#), .status(400), .bytes(5 << 20),
    ])
    func theNextModelAnswersWhenOneFails(answer: ScriptedServer.Answer) async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([answer]) { server in
            let response = try await ledger.service(["small", "local"], server: server).perform(
                .summarize(text: Documents.report, maxWords: 50), for: ledger.caller())
            #expect(response.provider == "local")
            #expect(response.usedFailover)
        }
        // What may pass was tried again.
        let rows = try await ledger.rows()
        #expect((2...3).contains(rows.count))
        #expect(rows.map(\.callNumber) == Array(rows.indices))
        #expect(rows.dropLast().allSatisfy { !$0.success && !$0.fallbackUsed && $0.model == "small" })
        #expect(rows.last?.success == true && rows.last?.fallbackUsed == true && rows.last?.model == "local")
    }

    @Test func aModelThatHangsLeavesTimeForTheNext() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.slow(.seconds(30))]) { server in
            let response = try await ledger.service(["small", "local"], server: server, deadline: .seconds(2)).perform(
                .summarize(text: Documents.report), for: ledger.caller())
            #expect(response.provider == "local")
        }
        #expect(try await ledger.rows().first?.responseTimeMilliseconds ?? 0 >= 1000)
    }

    @Test func anUnusableAnswerIsRepairedOnceAndBothCallsAreCounted() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.content("An invoice!"), .content(#"{"category":"Invoice","confidence":0.8}"#)]) {
            server in
            let response = try await ledger.service(["large"], server: server).perform(
                .classify(text: "x", categories: ["Invoice"]), for: ledger.caller())
            #expect(response.value == .category("Invoice"))
            // Twice 100 tokens at 2 dollars and 20 at 10 dollars a million.
            #expect(
                response.usage
                    == AIUsage(inputTokens: 200, outputTokens: 40, tokensEstimated: false, costMicrodollars: 800))
            #expect(server.requests.count == 2)
        }
        let rows = try await ledger.rows()
        #expect(rows.map(\.costMicrodollars) == [400, 400])
        #expect(rows.map(\.success) == [false, true])
        #expect(try await ledger.usage.cost(execution: ledger.execution, tenant: ledger.tenant) == 800)
    }

    @Test func anAnswerThatStaysUnusableGoesToTheNextModel() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.content("no JSON")]) { server in
            let response = try await ledger.service(["small", "local"], server: server).perform(
                .classify(text: Documents.invoice, categories: ["Contract", "Invoice"]), for: ledger.caller())
            #expect(response.provider == "local")
            #expect(response.usage.costMicrodollars == 40)
            #expect(server.requests.count == 2)
        }
        #expect(try await ledger.rows().map(\.success) == [false, false, true])
    }

    @Test func whenAllFailTheMostTellingErrorIsThrown() async throws {
        let ledger = try await Ledger()
        let onlyLocal = await #expect(throws: AIError.self) {
            try await ledger.service(["local"]).perform(.generateText(prompt: "Hi"), for: ledger.caller())
        }
        #expect(onlyLocal?.code == .unsupported)
        try await ScriptedServer.run([.status(429, headers: ["Retry-After": "3"])]) { server in
            let error = await #expect(throws: AIError.self) {
                try await ledger.service(["local", "small"], server: server).perform(
                    .generateText(prompt: "Hi"), for: ledger.caller())
            }
            #expect(error?.code == .rateLimited)
            #expect(error?.retryAfter == .seconds(3))
            #expect(error?.retryable == true)
            #expect(error?.attempts.map(\.outcome) == ["rate_limited", "rate_limited"])
        }
    }

    @Test func aRepeatedAttemptIsTheSameRow() async throws {
        let ledger = try await Ledger()
        let service = try ledger.service(["local"])
        for attempt in [1, 1, 2] {
            _ = try await service.perform(.summarize(text: "A text."), for: ledger.caller(attempt: attempt))
        }
        #expect(try await ledger.rows().map(\.attempt).sorted() == [1, 2])
    }

    @Test func callsOutsideAWorkflowAreRecordedToo() async throws {
        let ledger = try await Ledger()
        let caller = AICaller(
            tenant: ledger.tenant, tier: .premium, executionID: nil, activityID: "test", activityName: "ai_test")
        for _ in 0..<2 { _ = try await ledger.service(["local"]).perform(.summarize(text: "A text."), for: caller) }
        let rows = try await ledger.usage.list(tenant: ledger.tenant, from: .distantPast, to: .distantFuture)
        #expect(rows.count == 2)
    }

    @Test func aLedgerThatCannotBeWrittenTakesNoAnswerAway() async throws {
        let ledger = try await Ledger()
        var caller = ledger.caller()
        caller.executionID = UUID()  // unknown: the row's reference fails
        let response = try await ledger.service(["local"]).perform(.summarize(text: "A text."), for: caller)
        #expect(response.value == .summary("A text."))
    }

    @Test func cancellationIsNotFailedOver() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.slow(.seconds(20))]) { server in
            let service = try ledger.service(["small", "local"], server: server)
            let caller = ledger.caller()
            let task = Task { try await service.perform(.summarize(text: "A text."), for: caller) }
            while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            task.cancel()
            let error = await #expect(throws: AIError.self) { try await task.value }
            #expect(error?.code == .cancelled)
        }
        let rows = try await ledger.rows()
        #expect(rows.count == 1 && rows.first?.success == false)
    }

    @Test func capabilitiesNameTheModelsOfATier() async throws {
        let ledger = try await Ledger()
        let service = try ledger.service(["local", "absent"])
        let kinds: [AIOperation.Kind] = [.classify, .summarize, .extractEntities, .personalize]
        #expect(try await service.capabilities(.basic, tenant: ledger.tenant).operations.isEmpty)
        let capabilities = try await service.capabilities(.enterprise, tenant: ledger.tenant)
        #expect(capabilities.operations == kinds)
        #expect(capabilities.models.map(\.status) == ["available", "not_configured"])
        #expect(capabilities.models.map(\.operations) == [kinds, []])
        #expect(capabilities.providers.map(\.status) == ["available", "available"])
        #expect(capabilities.json["models"]?[0]?["price"] == ["input": 0, "output": 0])
    }

    /// What is asked and answered is for debugging alone.
    @Test func promptsAreLoggedAtDebugOnlyAndKeysNever() async throws {
        let ledger = try await Ledger()
        let log = LineLog()
        var logger = Logger(label: "test", factory: { _ in log.handler })
        logger.logLevel = .trace
        let quiet = logger
        try await ScriptedServer.run([.content("nonsense secret-answer")]) { server in
            let service = try ledger.service(["small"], server: server, logger: quiet)
            var caller = ledger.caller()
            caller.executionID = UUID()
            await #expect(throws: AIError.self) {
                try await service.perform(.classify(text: "secret-text", categories: ["secret-category"]), for: caller)
            }
        }
        let lines = log.lines.withLock { $0 }
        #expect(!lines.isEmpty)
        for line in lines where line.level > .debug { #expect(!line.text.contains("secret"), "\(line)") }
        #expect(lines.contains { $0.level == .debug && $0.text.contains("secret-text") })
        for line in lines { #expect(!line.text.contains("sk-")) }
    }
}

/// Keeps what is logged.
private final class LineLog: Sendable {
    let lines = Mutex<[(level: Logger.Level, text: String)]>([])

    var handler: Handler { Handler(log: self) }

    struct Handler: LogHandler {
        let log: LineLog
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        init(log: LineLog) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.lines.withLock { $0.append((event.level, "\(event.message) \(event.metadata ?? [:])")) }
        }
    }
}
