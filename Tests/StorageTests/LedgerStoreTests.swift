import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LedgerStoreTests {
    let tenant = UUID()

    @Test(arguments: Backend.allCases)
    func roomThatIsOnlyReservedIsWaitedForAndSpentRoomRefused(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = LedgerStore(database)
            let budget = try await BudgetStore(database).hard(100, tenant: tenant)
            let first = try await store.reserved(.sample(tenant, most: 60))
            let decisions = try await store.reserve(
                .sample(tenant, most: 41), .sample(tenant, most: 40), .sample(tenant, most: 101),
                .sample(UUID(), most: 1000))
            // 41 waits for room, 40 does not overtake it, 101 never fits, and another tenant has no budget.
            #expect(decisions[0].isWaiting && decisions[1].isWaiting && decisions[3].isReserved)
            guard case .budget(let refusal) = decisions[2].refusal else {
                Issue.record("\(decisions)")
                return
            }
            #expect(refusal.budget == budget && refusal.asked == 101 && refusal.used == 0 && refusal.reserved == 60)
            #expect(refusal.remaining == 40 && refusal.resetsAt > .at(0))
            #expect(refusal.description.contains("$0.000040 left"))
            #expect(try await store.reserve(.sample(tenant, most: 40)).first?.isReserved == true)
            try await store.settle(first.settled(25))
            try await database.expectLedgerAddsUp()
            // 25 used, 40 reserved.
            #expect(try await store.reserve(.sample(tenant, most: 36)).first?.isWaiting == true)
            #expect(try await store.reserve(.sample(tenant, most: 35)).first?.isReserved == true)
            #expect(try await store.reserve(.sample(tenant, most: 76)).first?.refusal != nil)
            let standing = try #require(try await BudgetStore(database).standings(tenant: tenant, now: .at(1)).first)
            #expect(standing.used == 25 && standing.reserved == 75 && standing.remaining == 0)
            try await database.expectLedgerAddsUp()
        }
    }

    @Test(arguments: Backend.allCases)
    func settlementWritesRowCostAndAnswerOnce(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = LedgerStore(database)
            try await BudgetStore(database).hard(100, tenant: tenant)
            try await BudgetStore(database).hard(50, tenant: tenant, unit: .tokens)
            let execution = try await database.accepted(tenant)
            let reservation = try await store.reserved(.sample(tenant, most: 60, execution: execution.id))
            let answer = RecordedAnswer(
                requestDigest: String(repeating: "a", count: 64), answer: ["value": "short", "n": 1])
            let settlement = reservation.settled(20, tokens: 3, answer: answer)
            for _ in 0..<3 {
                try await store.settle(settlement, settlement)
                try await database.expectLedgerAddsUp()
            }
            let rows = try await database.ledgerRows(tenant)
            #expect(rows == [settlement.record] && rows.first?.keyName == "first")
            #expect(try await ExecutionStore(database).get(execution.id)?.summary.costMicrodollars == 20)
            func recorded(_ tenant: UUID, _ activity: String = "a") async throws -> RecordedAnswer? {
                try await store.answer(
                    tenant: tenant, executionID: execution.id, activityID: activity,
                    requestDigest: answer.requestDigest)
            }
            #expect(try await recorded(tenant) == answer)
            #expect(try await recorded(UUID()) == nil)
            #expect(try await recorded(tenant, "b") == nil)
            let standings = try await BudgetStore(database).standings(tenant: tenant, now: .at(1))
            #expect(standings.map(\.used).sorted() == [3, 20] && standings.allSatisfy { $0.reserved == 0 })
        }
    }

    /// The transaction was committed and its reply lost.
    @Test(arguments: Backend.allCases)
    func requestThatIsRepeatedHoldsItsRoomOnce(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = LedgerStore(database)
            try await BudgetStore(database).hard(100, tenant: tenant)
            let reservation = Reservation.sample(tenant, most: 60)
            for isRepeat in [false, true, true] {
                let report = try await store.apply(
                    LedgerBatch(requests: [ReserveRequest(reservation: reservation, isRepeat: isRepeat)]), now: .at(5))
                #expect(report.decisions.first?.isReserved == true)
                try await database.expectLedgerAddsUp()
            }
            #expect(try await BudgetStore(database).standings(tenant: tenant, now: .at(5)).first?.reserved == 60)
        }
    }

    @Test(arguments: Backend.allCases)
    func callThatNobodySettledCountsAtItsMaximumUntilTheTruthIsTold(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = LedgerStore(database)
            let usage = AIUsageStore(database)
            try await BudgetStore(database).hard(1000, tenant: tenant)
            let execution = try await database.accepted(tenant)
            let late = try await store.reserved(.sample(tenant, most: 60, execution: execution.id))
            let lost = try await store.reserved(.sample(tenant, most: 70, execution: execution.id, call: 1))
            let running = try await store.reserved(.sample(tenant, most: 80, call: 2, at: .at(60)), now: .at(60))
            #expect(try await store.expire(now: .at(59)).isEmpty)
            #expect(try await store.expire(now: .at(61)).count == 2)
            #expect(try await store.expire(now: .at(61)).isEmpty)
            try await database.expectLedgerAddsUp()
            let unknown = try await usage.unknown(tenant: tenant, limit: 1)
            let others = try await usage.unknown(tenant: nil, after: unknown.next, limit: 1)
            #expect(Set((unknown.rows + others.rows).map(\.id)) == [late.id, lost.id] && others.next == nil)
            #expect(try await usage.cost(execution: execution.id, tenant: tenant) == 130)
            #expect(unknown.rows.first?.inputTokens == Int(unknown.rows.first?.reservedMicrodollars ?? 0) / 10)

            try await store.settle(late.settled(10, tokens: 2))
            try await store.settle(late.settled(10, tokens: 2))
            try await database.expectLedgerAddsUp()
            #expect(try await usage.cost(execution: execution.id, tenant: tenant) == 80)
            func resolve(_ tenant: UUID?) async throws -> UsageRecord? {
                try await store.resolve(lost.id, microdollars: 5, tenant: tenant, by: .service)
            }
            #expect(try await resolve(UUID()) == nil)
            #expect(try await resolve(tenant)?.costMicrodollars == 5)
            #expect(await storageError { _ = try await resolve(nil) } == .conflict)
            // The operator's word stands.
            try await store.settle(lost.settled(30))
            #expect(try await usage.cost(execution: execution.id, tenant: tenant) == 15)
            #expect(try await usage.unknown(tenant: tenant).rows.isEmpty)
            try await database.expectLedgerAddsUp()
            try await store.settle(running.settled(1))
            #expect(try await AuditLog(database).list(tenant: tenant).entries.map(\.action).contains(.unknownResolved))
            try await database.expectLedgerAddsUp()
        }
    }

    @Test(arguments: Backend.allCases)
    func rowOutlivesItsExecutionAndTakesAnotherNumberThanOneThatIsThere(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = LedgerStore(database)
            try await BudgetStore(database).hard(1000, tenant: tenant)
            let execution = try await database.accepted(tenant)
            let one = try await store.reserved(.sample(tenant, most: 60, execution: execution.id))
            let same = try await store.reserved(.sample(tenant, most: 60, execution: execution.id))
            let orphan = try await store.reserved(.sample(tenant, most: 60, execution: UUID()))
            let answer = RecordedAnswer(requestDigest: String(repeating: "b", count: 64), answer: 1)
            try await store.settle(one.settled(1), same.settled(2), orphan.settled(4, answer: answer))
            let rows = try await database.ledgerRows(tenant)
            #expect(rows.map(\.costMicrodollars).sorted() == [1, 2, 4])
            #expect(Set(rows.filter { $0.executionID != nil }.map(\.callNumber)) == [0, 1])
            #expect(rows.first { $0.id == orphan.id }?.executionID == nil)
            try await database.expectLedgerAddsUp()
        }
    }

    /// Whatever comes in whatever order, from two processes at once: every counter is the sum of its rows.
    @Test(arguments: Backend.allCases, [1, 2, 3])
    func countersAreTheSumsOfRowsThroughEverything(_ backend: Backend, seed: UInt64) async throws {
        try await backend.with { database in
            let tenants = [tenant, UUID()]
            let budgets = BudgetStore(database)
            try await budgets.hard(4000, tenant: tenant)
            try await budgets.hard(900, tenant: .zero, template: "t", unit: .tokens)
            let executions = [try await database.accepted(tenants[0]), try await database.accepted(tenants[1])]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<3 {
                    group.addTask {
                        var random = SeededNumbers(seed: seed * 10 + UInt64(worker))
                        let store = LedgerStore(database)
                        var open: [Reservation] = []
                        var ended: [Reservation] = []
                        for step in 0..<40 {
                            let now = Date.at(Double(step) * 3600)
                            var batch = LedgerBatch()
                            for _ in 0..<Int.random(in: 0...4, using: &random) {
                                let index = Int.random(in: 0...1, using: &random)
                                var wanted = Reservation.sample(
                                    tenants[index], most: .random(in: 0...500, using: &random),
                                    execution: Bool.random(using: &random) ? executions[index].id : nil,
                                    template: Bool.random(using: &random) ? "t" : nil,
                                    environment: Bool.random(using: &random) ? "e" : nil,
                                    activity: "\(worker)/\(step)/\(batch.requests.count)",
                                    limits: [
                                        CounterLimit(name: "rate/tokens", kind: .tokensPerMinute, amount: 5, cap: 300),
                                        CounterLimit(name: "at-once", kind: .atOnce, cap: 20),
                                    ])
                                wanted.expiresAt = now.addingTimeInterval(3 * 3600)
                                batch.requests.append(ReserveRequest(reservation: wanted))
                            }
                            for _ in 0..<Int.random(in: 0...3, using: &random) where !open.isEmpty {
                                let one = open.remove(at: Int.random(in: 0..<open.count, using: &random))
                                ended.append(one)
                                let cost = Int64.random(in: 0...max(1, one.maximumMicrodollars * 6 / 5), using: &random)
                                batch.settlements.append(one.settled(cost, tokens: Int(cost / 12)))
                            }
                            if step % 7 == 3, let again = ended.last { batch.settlements.append(again.settled(7)) }
                            if step % 5 == 1 {
                                batch.records.append(Reservation.sample(tenants[1], most: 0, at: now).settled(3).record)
                            }
                            let report = try await store.apply(batch, now: now)
                            for case .reserved(let reservation) in report.decisions { open.append(reservation) }
                            switch step % 10 {
                            case 2: _ = try await store.expire(now: now)
                            case 4:
                                for row in try await AIUsageStore(database).unknown(tenant: nil).rows.prefix(1) {
                                    // Another worker may have been first.
                                    _ = try? await store.resolve(
                                        row.id, microdollars: 1, tenant: nil, by: .service, now: now)
                                }
                            case 6:
                                let budget = try await budgets.hard(
                                    .random(in: 100...5000, using: &random), tenant: tenants[1],
                                    environment: Bool.random(using: &random) ? "e" : nil, period: .month)
                                if Bool.random(using: &random) {
                                    _ = try await budgets.delete(budget.id, tenant: nil, by: .service)
                                }
                            case 8: try await database.expectLedgerAddsUp()
                            default: break
                            }
                        }
                        for one in open { try await store.settle(one.settled(one.maximumMicrodollars / 2)) }
                    }
                }
                try await group.waitForAll()
            }
            _ = try await LedgerStore(database).expire(now: .at(1e7))
            try await database.expectLedgerAddsUp()
            #expect(try await database.counter("at-once")?.last == 0)
            let reserved = try await BudgetStore(database).standings(tenant: nil, now: .at(39 * 3600)).map(\.reserved)
            #expect(reserved.allSatisfy { $0 == 0 })
        }
    }
}

/// Repeatable numbers.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
