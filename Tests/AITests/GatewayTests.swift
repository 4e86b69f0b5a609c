import AI
import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// What stands between an operation and its providers: keys, tries, circuit breakers, the ledger.
@Suite(.timeLimit(.minutes(2)))
struct GatewayTests {
    private let text = AIOperation.generateText(prompt: "Greet the reader.", maxTokens: 100)
    private let keys = [ProviderKey(name: "one", secret: "sk-1"), ProviderKey(name: "two", secret: "sk-2", weight: 0)]

    private func key(_ seen: ScriptedServer.Seen) -> String { seen.authorization?.replacing("Bearer ", with: "") ?? "" }

    @Test(arguments: [401, 403])
    func aRefusedKeyIsSetAsideAndTheNextTaken(status: Int) async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.status(status), .content("Hello.")]) { server in
            let service = try ledger.service(["small"], server: server, keys: keys)
            for activity in ["a", "b"] {
                let response = try await service.perform(
                    text, for: ledger.caller(activity: activity), AICallOptions(cache: .bypass))
                #expect(response.value == .text("Hello.") && !response.usedFailover)
            }
            #expect(server.requests.map(key) == ["sk-1", "sk-2", "sk-2"])
            let health = service.keys.health()
            #expect(health.map(\.name) == ["one", "two"] && health.map(\.reason) == [.auth, nil])
            #expect(try await service.providerHealth().last?.status == "degraded")
        }
        #expect(try await ledger.rows().map(\.keyName) == ["one", "two", "two"])
        #expect(try await ledger.rows().map(\.errorCode) == ["auth", nil, nil])
    }

    @Test func aLimitedKeyGivesWayAtOnce() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.status(429, headers: ["Retry-After": "40"]), .content("Hello.")]) { server in
            let service = try ledger.service(["small"], server: server, keys: keys)
            let response = try await service.perform(text, for: ledger.caller())
            #expect(response.latency < .seconds(30))
            #expect(server.requests.map(key) == ["sk-1", "sk-2"])
            #expect(service.keys.health().map(\.reason) == [.rateLimited, nil])
        }
    }

    @Test func whatMayPassIsTriedAgainAndEachTryIsARow() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.status(503), .cut, .content("Hello.")]) { server in
            let response = try await ledger.service(["small"], server: server) { $0.tries = 3 }.perform(
                text, for: ledger.caller())
            #expect(response.attempts.map(\.outcome) == ["unavailable", UsageRecord.unknownOutcome, "ok"])
        }
        let rows = try await ledger.rows()
        #expect(rows.map(\.callNumber) == [0, 1, 2])
        // Nobody knows what the cut connection cost: it counts at its maximum.
        #expect(rows[0].costMicrodollars == 0 && rows[1].costMicrodollars == rows[1].reservedMicrodollars)
        #expect(rows[2].costMicrodollars == 20 && rows[2].reservedMicrodollars > 20)
    }

    @Test func aModelThatKeepsFailingIsLeftAlone() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.status(500)]) { server in
            let service = try ledger.service(["small", "local"], server: server) {
                $0.tries = 1
                $0.circuit.pause = .seconds(3600)
            }
            for number in 1...8 {
                let response = try await service.perform(
                    .summarize(text: "A text \(number)."), for: ledger.caller(activity: "\(number)"))
                #expect(response.provider == "local" && response.usedFailover)
            }
            #expect(server.requests.count == 5)
            let model = try await service.capabilities(.enterprise, tenant: nil).models.first
            #expect(model?.status == "circuit_open")
        }
        let codes = try await ledger.rows().filter { $0.model == "small" }.map(\.errorCode)
        #expect(codes == Array(repeating: "unavailable", count: 5) + Array(repeating: "circuit_open", count: 3))
    }

    @Test func withoutFailoverTheFirstModelsErrorIsTheAnswer() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.status(400)]) { server in
            let service = try ledger.service(["small", "local"], server: server) { $0.failsOver = false }
            let error = await #expect(throws: AIError.self) {
                try await service.perform(.summarize(text: "A text."), for: ledger.caller())
            }
            #expect(error?.code == .badRequest)
            #expect(error?.attempts.map(\.model) == ["small"])
        }
    }

    @Test func aRetriedActivityGetsTheAnswerThatWasPaidFor() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.content("Hello."), .content("Other.")]) { server in
            let service = try ledger.service(["small"], server: server)
            let options = AICallOptions(cache: .bypass)
            let first = try await service.perform(text, for: ledger.caller(), options)
            let second = try await service.perform(text, for: ledger.caller(attempt: 2), options)
            #expect(first.source == .provider && second.source == .ledger)
            #expect(second.value == first.value && second.usage.costMicrodollars == 0)
            // Another request of the same activity is another.
            let other = try await service.perform(
                .generateText(prompt: "Something else."), for: ledger.caller(attempt: 2), options)
            #expect(other.value == .text("Other."))
            #expect(server.requests.count == 2)
        }
    }

    // MARK: Budgets and limits

    @Test func aBudgetWithoutRoomTakesTheCheaperModel() async throws {
        let ledger = try await Ledger()
        // The large model's hundred tokens of output may cost a thousand micro-dollars, the small one's fifty.
        try await BudgetStore(ledger.database).cap(900, of: ledger.tenant)
        try await ScriptedServer.run([.content("Hello.")]) { server in
            let service = try ledger.service(["large", "small"], server: server)
            let response = try await service.perform(text, for: ledger.caller())
            #expect(response.model == "small" && response.usedFailover)
            #expect(response.attempts.map(\.outcome) == ["budget_exceeded", "ok"])
            #expect(server.requests.map { $0.body["model"]?.string } == ["small"])
            let strict = try ledger.service(["large", "small"], server: server) { $0.downgrades = false }
            let error = await #expect(throws: AIError.self) {
                try await strict.perform(text, for: ledger.caller(activity: "8"))
            }
            #expect(error?.code == .budgetExceeded)
            #expect(server.requests.count == 1)
        }
        let standing = try await BudgetStore(ledger.database).standing(of: ledger.tenant)
        #expect(standing?.used == 20 && standing?.reserved == 0)
    }

    @Test func rateAndNumberAtOnceHoldForAllModelsOfATenant() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.after(.milliseconds(300), .content("Hello."))]) { server in
            let service = try ledger.service(["small"], server: server, deadline: .seconds(20)) {
                $0.limits = [CallLimit("tenant/at_once=1"), CallLimit("openai/requests=3")].compactMap(\.self)
            }
            let outcomes = await withTaskGroup(of: String.self) { group in
                for number in 1...4 {
                    group.addTask {
                        do throws(AIError) {
                            return try await service.perform(
                                .generateText(prompt: "Number \(number)."), for: ledger.caller(activity: "\(number)")
                            ).source.rawValue
                        } catch {
                            return error.code.rawValue
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.sorted() == ["limited", "provider", "provider", "provider"])
            #expect(server.requests.count == 3)
        }
        let calls = try await ledger.rows().filter(\.success).sorted { $0.createdAt < $1.createdAt }
        for (one, next) in zip(calls, calls.dropFirst()) {
            #expect(next.createdAt.timeIntervalSince(one.createdAt) >= 0.25)
        }
    }

    @Test func aTenantsOwnLimitStandsInThePlaceOfTheGeneralOne() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.content("Hello.")]) { server in
            let service = try ledger.service(["small"], server: server) {
                $0.limits = [CallLimit("tenant/requests=1")].compactMap(\.self)
            }
            var caller = ledger.caller()
            caller.limits = [.requestsPerMinute: 2]
            for number in 1...2 {
                _ = try await service.perform(.generateText(prompt: "Number \(number)."), for: caller)
            }
            let error = await #expect(throws: AIError.self) {
                try await service.perform(.generateText(prompt: "Number 3."), for: caller)
            }
            #expect(error?.code == .limited && error?.retryAfter != nil)
        }
    }

    @Test func aModelThatCostsMoreThanItsMaximumIsNotAskedAgain() async throws {
        let ledger = try await Ledger()
        let usage: JSONValue = ["prompt_tokens": 900_000, "completion_tokens": 900_000]
        try await ScriptedServer.run([.content("Hello.", usage: usage)]) { server in
            let service = try ledger.service(["small"], server: server)
            // What was paid for is given.
            let response = try await service.perform(text, for: ledger.caller())
            #expect(response.usage.costMicrodollars == 540_000)
            let error = await #expect(throws: AIError.self) {
                try await service.perform(.generateText(prompt: "Again."), for: ledger.caller(activity: "8"))
            }
            #expect(error?.code == .unpriced && server.requests.count == 1)
            #expect(try await service.capabilities(.enterprise, tenant: nil).models.first?.status == "blocked")
        }
    }

    @Test func withTheLedgerOffNothingIsWrittenOrRefused() async throws {
        let ledger = try await Ledger()
        try await BudgetStore(ledger.database).cap(1, of: ledger.tenant)
        try await ScriptedServer.run([.content("Hello.")]) { server in
            let service = try ledger.service(["small"], server: server) { $0.usesLedger = false }
            #expect(try await service.perform(text, for: ledger.caller()).usage.costMicrodollars == 20)
        }
        #expect(try await ledger.rows().isEmpty)
    }

    // MARK: Choice

    @Test func theCheapestModelIsAskedFirstWhereCostDecides() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.content("A summary.")]) { server in
            func model(_ order: SelectionOrder, _ models: [String]) async throws -> String {
                try await ledger.service(models, server: server) { $0.selection = order }.perform(
                    .summarize(text: "A text."), for: ledger.caller(), AICallOptions(cache: .bypass)
                ).model
            }
            let (listed, cheapest) = (
                try await model(.listed, ["large", "small", "local"]),
                try await model(.cost, ["large", "small", "local"])
            )
            let localFirst = try await model(.cost, ["local", "large", "small"])
            #expect(listed == "large" && cheapest == "small" && localFirst == "local")
        }
    }

    @Test func oneModelOfTheTierCanBeAskedFor() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.content("A summary.")]) { server in
            let service = try ledger.service(["large", "small"], server: server)
            let small = AICallOptions(model: AIModel(provider: "openai", name: "small"))
            #expect(try await service.perform(text, for: ledger.caller(), small).model == "small")
            let error = await #expect(throws: AIError.self) {
                try await service.perform(text, for: ledger.caller(), AICallOptions(model: .local))
            }
            #expect(error?.code == .notEntitled)
        }
    }

    @Test func theMissionsModelNamesLeadToTodaysModels() async throws {
        let ledger = try await Ledger()
        try await ScriptedServer.run([.content("Hello.")]) { server in
            let service = try ledger.service(["gpt-3.5-turbo"], server: server)
            #expect(try await service.perform(text, for: ledger.caller()).model == "gpt-6-luna")
            #expect(server.requests.first?.body["model"] == "gpt-6-luna")
        }
    }
}
