import AI
import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct AnswerCacheTests {
    private let summary = AIOperation.summarize(text: "A text.", maxWords: 20)

    @Test func anExactRepeatCostsNothingAndIsCounted() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.content("A summary.")]) { server in
            let service = try ledger.service(["small"], server: server)
            let first = try await service.perform(summary, for: ledger.caller(activity: "1"))
            // Line ends and outer blanks are no difference.
            let same = AIOperation.summarize(text: " A text.\r\n", maxWords: 20)
            let second = try await service.perform(same, for: ledger.caller(activity: "2"))
            #expect(first.source == .provider && first.usage.costMicrodollars == 20)
            #expect(second.source == .cache && second.usage == .none && second.value == first.value)
            #expect(server.requests.count == 1)
            for other: AIOperation in [
                .summarize(text: "A text.", maxWords: 21), .summarize(text: "A text!", maxWords: 20),
                .classify(text: "A text.", categories: ["A summary."]),
            ] {
                _ = try? await service.perform(other, for: ledger.caller(activity: "3"))
            }
            #expect(server.requests.count >= 4)
        }
        let rows = try await ledger.rows()
        #expect(rows[1].cacheHit && rows[1].success && rows[1].costMicrodollars == 0 && rows[1].model == "small")
    }

    @Test func otherProcessesHaveItFromTheDatabase() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.content("A summary.")]) { server in
            _ = try await ledger.service(["small"], server: server).perform(summary, for: ledger.caller(activity: "1"))
            let store = AnswerCacheStore(ledger.database)
            try await eventually("the answer is stored") {
                try await ledger.database.read { try !$0.query("SELECT 1 AS one FROM ai_cache").isEmpty }
            }
            let other = try ledger.service(["small"], server: server)
            #expect(try await other.perform(summary, for: ledger.caller(activity: "2")).source == .cache)
            #expect(try await store.purge(tenant: ledger.tenant, operation: "classify", by: .service) == 0)
            #expect(try await store.purge(tenant: ledger.tenant, by: .service) == 1)
            other.cache.forget(ledger.tenant)
            #expect(try await other.perform(summary, for: ledger.caller(activity: "3")).source == .provider)
        }
    }

    @Test func tenantsShareNothing() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.content("A summary.")]) { server in
            let service = try ledger.service(["small"], server: server)
            var caller = ledger.caller()
            _ = try await service.perform(summary, for: caller)
            caller.tenant = UUID()
            caller.executionID = nil
            #expect(try await service.perform(summary, for: caller).source == .provider)
        }
    }

    @Test func itIsPassedByOrRefreshedOnDemand() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.content("One."), .content("Two."), .content("Three.")]) { server in
            let service = try ledger.service(["small"], server: server)
            func ask(_ use: AICallOptions.CacheUse) async throws -> AIValue {
                try await service.perform(
                    summary, for: ledger.caller(activity: UUID().uuidString), AICallOptions(cache: use)
                ).value
            }
            #expect(try await ask(.use) == .summary("One."))
            #expect(try await ask(.bypass) == .summary("Two."))
            #expect(try await ask(.use) == .summary("One."))
            #expect(try await ask(.refresh) == .summary("Three."))
            #expect(try await ask(.use) == .summary("Three."))
        }
    }

    @Test func ofThoseWhoAskTheSameAtOnceOneCalls() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.after(.milliseconds(300), .content("A summary."))]) { server in
            let service = try ledger.service(["small"], server: server)
            let sources = try await withThrowingTaskGroup(of: AIResponse.Source.self) { group in
                for number in 1...20 {
                    group.addTask {
                        try await service.perform(summary, for: ledger.caller(activity: "\(number)")).source
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(sources.count { $0 == .provider } == 1 && sources.count { $0 == .cache } == 19)
            #expect(server.requests.count == 1)
        }
    }

    @Test func whenTheOneFailsAnotherGoes() async throws {
        let ledger = try await Ledger()
        let answers: [ScriptedServer.Answer] = [.after(.milliseconds(200), .status(400)), .content("A summary.")]
        try await ScriptedServer.run(answers) { server in
            let service = try ledger.service(["small"], server: server)
            let failed = await withTaskGroup(of: Bool.self) { group in
                for number in 1...5 {
                    group.addTask {
                        (try? await service.perform(summary, for: ledger.caller(activity: "\(number)"))) == nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(failed == 1 && server.requests.count == 2)
        }
    }

    @Test(arguments: [Backend.memory, .postgresql])
    func theStoreKeepsItsBounds(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = AnswerCacheStore(database)
            let tenant = UUID()
            let now = Date(timeIntervalSince1970: 1_800_000_000)
            let answers = (0..<10).map { number in
                CachedAnswer(
                    tenantID: tenant, digest: String(repeating: "\(number)", count: 64), operation: "summarize",
                    provider: "openai", model: "small", answer: .string(String(repeating: "x", count: 98)),
                    createdAt: now.addingTimeInterval(Double(number)),
                    expiresAt: now.addingTimeInterval(number == 9 ? 50 : 1000))
            }
            // What is put again takes the earlier one's place.
            try await store.put(answers)
            try await store.put(answers)
            // One has expired, four of a hundred bytes must go: those that were kept first.
            #expect(try await store.trim(maximumBytes: 500, now: now.addingTimeInterval(100)) == 5)
            func key(_ number: Int, of tenant: UUID) -> AnswerKey {
                AnswerKey(tenant: tenant, digest: String(repeating: "\(number)", count: 64))
            }
            let found = try await store.get(
                Set((0..<10).map { key($0, of: tenant) } + [key(5, of: UUID())]), now: now.addingTimeInterval(100))
            #expect(Set(found.keys) == Set((4...8).map { key($0, of: tenant) }))
            // Another asks for what this one has, in the same lookup.
            let other = key(5, of: UUID())
            #expect(try await store.get([key(4, of: tenant), other], now: now).keys.map(\.tenant) == [tenant])
        }
    }
}
