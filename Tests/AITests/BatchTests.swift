import AI
import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct BatchTests {
    private static let categories = ["Invoice", "Contract"]

    private static func operation(_ number: Int) -> AIOperation {
        .classify(
            text: "Text \(number) is \(number.isMultiple(of: 2) ? "an invoice" : "a contract").", categories: categories
        )
    }

    /// Reads what it is asked as a model would: the texts between their marks, each with its key.
    private static let model = ScriptedServer.Answer.reply { seen in
        let content = seen.body["messages"]?.array?.last?["content"]?.string ?? ""
        func category(_ text: some StringProtocol) -> JSONValue { text.contains("an invoice") ? "Invoice" : "Contract" }
        let texts = content.components(separatedBy: "BEGIN ").dropFirst().map { part in
            (key: String(part.prefix { $0 != "\n" }), text: part)
        }
        guard texts.count > 1 else {
            let answer: JSONValue = ["category": category(content), "confidence": 0.9]
            return .after(.milliseconds(150), .content(answer.serialized()))
        }
        let answers = texts.map {
            ["key": .string($0.key), "category": category($0.text), "confidence": 0.9] as JSONValue
        }
        let answer: JSONValue = ["answers": .array(answers)]
        return .content(answer.serialized(), usage: ["prompt_tokens": 1001, "completion_tokens": 101])
    }

    private func ask(_ count: Int, _ service: AIService, _ ledger: Ledger) async throws -> [Int: AIResponse] {
        try await withThrowingTaskGroup(of: (Int, AIResponse).self) { group in
            for number in 0..<count {
                group.addTask {
                    (
                        number,
                        try await service.perform(Self.operation(number), for: ledger.caller(activity: "\(number)"))
                    )
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    @Test func thoseThatComeWhileOneIsUnderWayShareACall() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([Self.model]) { server in
            let service = try ledger.service(["small"], server: server) { $0.batchWindow = .milliseconds(30) }
            let responses = try await ask(9, service, ledger)
            for (number, response) in responses {
                #expect(response.value == .category(number.isMultiple(of: 2) ? "Invoice" : "Contract"))
            }
            #expect(server.requests.count < 9)
            #expect(responses.values.contains { $0.batchSize > 1 })
            // Each has its row, with its part of the cost; together they are what the calls cost.
            let rows = try await ledger.rows()
            #expect(rows.count == 9 && rows.allSatisfy { $0.success })
            let batches = server.requests.count - rows.count { $0.batchSize == 1 }
            let singles = rows.count { $0.batchSize == 1 }
            let price = try #require(service.prices.price(AIModel(provider: "openai", name: "small")))
            let batch = price.cost(TokenUsage(input: 1001, output: 101))
            #expect(rows.reduce(0) { $0 + $1.costMicrodollars } == Int64(singles) * 20 + Int64(batches) * batch)
            #expect(rows.reduce(0) { $0 + ($1.inputTokens ?? 0) } == singles * 100 + batches * 1001)
            #expect(rows.allSatisfy { $0.costMicrodollars <= $0.reservedMicrodollars })
        }
    }

    @Test func anUnreadableAnswerToABatchIsAskedForOneByOne() async throws {
        let ledger = try await Ledger()
        let lying = ScriptedServer.Answer.reply { seen in
            let content = seen.body["messages"]?.array?.last?["content"]?.string ?? ""
            let isBatch = content.components(separatedBy: "BEGIN ").count > 2
            return isBatch
                ? .content(#"{"answers":[{"key":"nobody","category":"Invoice","confidence":1}]}"#) : Self.model
        }
        try await ScriptedServer.run([lying]) { server in
            let service = try ledger.service(["small"], server: server) { $0.batchWindow = .milliseconds(30) }
            let responses = try await ask(4, service, ledger)
            #expect(responses.count == 4 && responses.values.allSatisfy { $0.batchSize == 1 })
            for (number, response) in responses {
                #expect(response.value == .category(number.isMultiple(of: 2) ? "Invoice" : "Contract"))
            }
        }
        let failed = try await ledger.rows().filter { !$0.success }
        #expect(!failed.isEmpty && failed.allSatisfy { $0.errorCode == "invalid_response" && $0.batchSize > 1 })
    }

    @Test func aRequestAloneDoesNotWait() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([Self.model]) { server in
            let service = try ledger.service(["small"], server: server) { $0.batchWindow = .seconds(30) }
            let response = try await service.perform(Self.operation(1), for: ledger.caller())
            #expect(response.batchSize == 1 && response.latency < .seconds(20))
        }
    }
}
