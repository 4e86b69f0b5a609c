import AI
import Foundation
import JSON
import Logging
import Storage
import Synchronization
import TestSupport
import Testing

extension LedgerCall {
    static func sample(
        _ tenant: UUID, most: Int64, call: Int = 0, limits: [CounterLimit] = [], execution: UUID? = nil,
        within seconds: TimeInterval = 30
    ) -> LedgerCall {
        LedgerCall(
            tenant: tenant, executionID: execution, activityName: "ai_summarize_activity", activityID: "a",
            callNumber: call, operation: .summarize, provider: "openai", model: "m", maximumMicrodollars: most,
            maximumTokens: most, limits: limits, deadline: Date().addingTimeInterval(seconds))
    }
}

extension CallOutcome {
    static func cost(_ microdollars: Int64) -> CallOutcome {
        CallOutcome(
            tokens: TokenUsage(input: Int(microdollars), output: 0), microdollars: microdollars,
            latency: .milliseconds(3))
    }
}

/// Numbers from several tasks, in their order.
final class Tally: Sendable {
    private let numbers = Mutex<[Int64]>([])

    func add(_ number: Int64) { numbers.withLock { $0.append(number) } }
    var all: [Int64] { numbers.withLock { $0 } }
}

extension AILedger {
    convenience init(_ database: (any Database)?) {
        self.init(database, logger: .silent)
    }
}

extension Logger {
    static let silent = Logger(label: "ledger") { _ in SwiftLogNoOpLogHandler() }
}

extension BudgetStore {
    func cap(_ cap: Int64, of tenant: UUID) async throws {
        try await set(
            BudgetTerms(period: .month, cap: cap), tenant: tenant, byOperator: true, by: .service)
    }

    func standing(of tenant: UUID) async throws -> BudgetStanding? { try await standings(tenant: tenant).first }
}

@Suite(.timeLimit(.minutes(2)))
struct AILedgerTests {
    let tenant = UUID()

    @Test(arguments: Backend.allCases)
    func callIsHeldAtItsMaximumAndSettledAtItsCost(_ backend: Backend) async throws {
        try await backend.with { database in
            let (ledger, budgets) = (AILedger(database), BudgetStore(database))
            try await budgets.cap(1000, of: tenant)
            let reservation = try await ledger.reserve(.sample(tenant, most: 600))
            #expect(try await budgets.standing(of: tenant)?.reserved == 600)
            #expect(await ledger.settle(reservation, .cost(200)))
            let sent = try await ledger.reserve(.sample(tenant, most: 100, call: 1))
            await ledger.release(sent, reason: "circuit_open")
            let lost = try await ledger.reserve(.sample(tenant, most: 100, call: 2))
            #expect(
                await ledger.settle(
                    lost,
                    CallOutcome(
                        tokens: nil, microdollars: 100, latency: .seconds(1), errorCode: UsageRecord.unknownOutcome)))
            let standing = try #require(try await budgets.standing(of: tenant))
            #expect(standing.used == 300 && standing.reserved == 0)
            let rows = try await AIUsageStore(database).list(tenant: tenant, from: .distantPast, to: .distantFuture)
            #expect(rows.map(\.costMicrodollars).sorted() == [0, 100, 200])
            #expect(Set(rows.map(\.errorCode)) == [nil, "circuit_open", "unknown_outcome"])
            #expect(try await AIUsageStore(database).unknown(tenant: tenant).rows.map(\.id) == [lost.id])
            let resolved = try await ledger.resolve(lost.id, microdollars: 1, by: .service)
            #expect(resolved?.costMicrodollars == 1)
            #expect(try await budgets.standing(of: tenant)?.used == 201)
        }
    }

    @Test func callThatCostMoreThanItsMaximumIsCountedAndTold() async throws {
        let database = try await makeTestDatabase()
        let ledger = AILedger(database)
        try await BudgetStore(database).cap(1000, of: tenant)
        let reservation = try await ledger.reserve(.sample(tenant, most: 10))
        #expect(await ledger.settle(reservation, .cost(1200)) == false)
        #expect(try await BudgetStore(database).standing(of: tenant)?.used == 1200)
        await #expect(throws: LedgerRefusal.self) { try await ledger.reserve(.sample(tenant, most: 1)) }
    }

    @Test(arguments: Backend.allCases)
    func callsWaitForRoomInTheOrderOfTheirArrival(_ backend: Backend) async throws {
        try await backend.with { database in
            let ledger = AILedger(database)
            try await BudgetStore(database).cap(100, of: tenant)
            let holder = try await ledger.reserve(.sample(tenant, most: 80))
            let order = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for most: Int64 in [90, 15, 20] {
                    group.addTask {
                        let reservation = try await ledger.reserve(.sample(self.tenant, most: most))
                        order.add(most)
                        await ledger.settle(reservation, .cost(1))
                    }
                    // Long enough to be looked at, and to wait.
                    try await Task.sleep(for: .milliseconds(150))
                }
                #expect(order.all == [])
                await ledger.settle(holder, .cost(5))
                try await group.waitForAll()
            }
            #expect(order.all.first == 90)
            #expect(Set(order.all) == [90, 15, 20])
            #expect(try await BudgetStore(database).standing(of: tenant)?.used == 8)
        }
    }

    /// As by another process.
    @Test(arguments: [Backend.file, .postgresql])
    func roomMadeElsewhereIsSeen(_ backend: Backend) async throws {
        try await backend.withTwo { one, other in
            try await Migrator().migrate(one)
            try await BudgetStore(one).cap(100, of: tenant)
            let (mine, theirs) = (AILedger(one), AILedger(other))
            let holder = try await theirs.reserve(.sample(tenant, most: 80))
            async let waiting = mine.reserve(.sample(tenant, most: 50))
            try await Task.sleep(for: .milliseconds(100))
            await theirs.settle(holder, .cost(10))
            let settled = ContinuousClock.now
            await mine.settle(try await waiting, .cost(10))
            #expect(settled.duration(to: .now) < .seconds(5))
            #expect(try await BudgetStore(one).standing(of: tenant)?.used == 20)
        }
    }

    @Test(arguments: Backend.allCases)
    func whoWaitsHearsOfTheRefusalInTimeAndMayGiveUpBefore(_ backend: Backend) async throws {
        try await backend.with { database in
            let ledger = AILedger(database)
            try await BudgetStore(database).cap(100, of: tenant)
            let holder = try await ledger.reserve(.sample(tenant, most: 80))
            let start = ContinuousClock.now
            do {
                _ = try await ledger.reserve(.sample(tenant, most: 50), patience: .milliseconds(200))
                Issue.record("let through")
            } catch LedgerRefusal.budget(let refusal) {
                #expect(refusal.reserved == 80 && refusal.remaining == 20)
                #expect(start.duration(to: .now) >= .milliseconds(200))
            }
            await #expect(throws: LedgerRefusal.self) {
                try await ledger.reserve(.sample(self.tenant, most: 50, within: 0.1))
            }
            let impatient = Task { try await ledger.reserve(.sample(tenant, most: 50)) }
            try await Task.sleep(for: .milliseconds(100))
            impatient.cancel()
            await #expect(throws: CancellationError.self) { try await impatient.value }
            await ledger.settle(holder, .cost(1))
            #expect(try await BudgetStore(database).standing(of: tenant)?.reserved == 0)
        }
    }

    @Test(arguments: Backend.allCases)
    func settlementOutlivesItsCaller(_ backend: Backend) async throws {
        try await backend.with { database in
            let ledger = AILedger(database)
            try await BudgetStore(database).cap(100, of: tenant)
            let reservation = try await ledger.reserve(.sample(tenant, most: 80))
            let caller = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                await ledger.settle(reservation, .cost(7))
            }
            await caller.value
            let standing = try #require(try await BudgetStore(database).standing(of: tenant))
            #expect(standing.used == 7 && standing.reserved == 0)
        }
    }

    @Test(arguments: Backend.allCases)
    func paidAnswerIsFoundByTheRetry(_ backend: Backend) async throws {
        try await backend.with { database in
            let ledger = AILedger(database)
            let definition = try await DefinitionStore(database).upsert(
                StoredDefinition(
                    name: "d", description: "", category: "c", version: "1.0.0",
                    definition: ["document": ["dsl": "1.0.0"]],
                    enhancementPoints: [], source: "x\n", tenantID: .zero, createdBy: UUID()))
            let execution = try await ExecutionStore(database).insert(
                NewExecution(tenantID: tenant, definitionID: definition.id, input: [:], aiEnhanced: true)
            ).execution
            let digest = String(repeating: "d", count: 64)
            let reservation = try await ledger.reserve(.sample(tenant, most: 5, execution: execution.id))
            var outcome = CallOutcome.cost(3)
            // What no database takes is left out, and the money counted.
            outcome.answer = RecordedAnswer(requestDigest: digest, answer: "nul \u{0}")
            await ledger.settle(reservation, outcome)
            func recorded() async throws -> RecordedAnswer? {
                try await ledger.recordedAnswer(
                    tenant: tenant, executionID: execution.id, activityID: "a", requestDigest: digest)
            }
            #expect(try await recorded() == nil)
            let again = try await ledger.reserve(.sample(tenant, most: 5, call: 1, execution: execution.id))
            outcome.answer = RecordedAnswer(requestDigest: digest, answer: ["value": "text"])
            await ledger.settle(again, outcome)
            #expect(try await recorded() == outcome.answer)
            #expect(try await ExecutionStore(database).get(execution.id)?.summary.costMicrodollars == 6)
        }
    }

    @Test func ledgerThatIsOffHoldsNothingUp() async throws {
        let ledger = AILedger(nil)
        let reservation = try await ledger.reserve(.sample(tenant, most: .max))
        #expect(await ledger.settle(reservation, .cost(5)))
        #expect(!ledger.isOn)
        await ledger.run()
    }
}
