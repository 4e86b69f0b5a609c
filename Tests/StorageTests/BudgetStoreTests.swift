import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BudgetStoreTests {
    let tenant = UUID()

    @Test(arguments: Backend.allCases)
    func changesAreAuditedAndTheOperatorsAreOutOfATenantsReach(_ backend: Backend) async throws {
        try await backend.with { database in
            let budgets = BudgetStore(database)
            let own = try await budgets.hard(10, tenant: tenant, template: "t", byOperator: false)
            let imposed = try await budgets.hard(5, tenant: tenant, template: "t")
            let replaced = try await budgets.hard(20, tenant: tenant, template: "t", byOperator: false)
            #expect(replaced.id == own.id && replaced.terms.cap == 20 && replaced.id != imposed.id)
            let standings = try await budgets.standings(tenant: tenant, now: .at(0))
            #expect(Set(standings.map(\.budget.terms.cap)) == [5, 20] && standings.allSatisfy { $0.remaining > 0 })
            #expect(try await !budgets.delete(imposed.id, tenant: tenant, by: .service))
            #expect(try await !budgets.delete(own.id, tenant: UUID(), by: .service))
            #expect(try await budgets.delete(own.id, tenant: tenant, by: .service))
            #expect(try await budgets.delete(imposed.id, tenant: nil, by: .service))
            #expect(try await budgets.standings(tenant: nil).isEmpty)
            let lines = try await AuditLog(database).list(tenant: tenant).entries
            #expect(lines.filter { $0.action == .budgetSet }.count == 3)
            #expect(lines.filter { $0.action == .budgetDeleted }.count == 2)
            #expect(lines.contains { $0.detail["cap"] == 20 && $0.detail["template"] == "t" })
        }
    }

    @Test(arguments: [
        BudgetTerms(period: .day, cap: -1), BudgetTerms(period: .day, cap: .max),
        BudgetTerms(template: "", period: .day, cap: 1), BudgetTerms(environment: "", period: .day, cap: 1),
        BudgetTerms(template: String(repeating: "x", count: 101), period: .day, cap: 1),
    ])
    func termsThatMeanNothingAreRefused(_ terms: BudgetTerms) async throws {
        try await Backend.memory.with { database in
            #expect(
                await storageError {
                    _ = try await BudgetStore(database).set(terms, tenant: tenant, byOperator: true, by: .service)
                } == .constraint)
        }
    }

    @Test func tenantSetsNothingForEverybodyAndNothingHardWithoutALedger() async throws {
        try await Backend.memory.with { database in
            #expect(
                await storageError {
                    try await BudgetStore(database).hard(1, tenant: .zero, byOperator: false)
                } == .constraint)
            let loose = BudgetStore(database, isEnforced: false)
            #expect(await storageError { try await loose.hard(1, tenant: tenant) } == .constraint)
            let soft = BudgetTerms(period: .day, cap: 1, isHard: false)
            let set = try await loose.set(soft, tenant: tenant, byOperator: false, by: .service)
            #expect(set.terms == soft)
            #expect(try await !loose.hasHard())
        }
    }

    @Test(arguments: Backend.allCases)
    func budgetSetInTheMiddleOfItsPeriodBeginsWithWhatThePeriodHasSeen(_ backend: Backend) async throws {
        try await backend.with { database in
            let (store, budgets) = (LedgerStore(database), BudgetStore(database))
            let spent = try await store.reserved(.sample(tenant, most: 60))
            try await store.settle(spent.settled(50))
            let running = try await store.reserved(.sample(tenant, most: 30))
            try await budgets.hard(100, tenant: tenant)
            let before = try #require(try await budgets.standings(tenant: tenant, now: .at(0)).first)
            #expect(before.used == 50 && before.reserved == 30)
            let decisions = try await store.reserve(
                .sample(tenant, most: 51), .sample(tenant, most: 21), .sample(tenant, most: 1))
            #expect(decisions[0].refusal != nil && decisions[1].isWaiting && decisions[2].isWaiting)
            try await database.expectLedgerAddsUp()
            try await store.settle(running.settled(29))
            try await database.expectLedgerAddsUp()
            #expect(try await store.reserve(.sample(tenant, most: 21)).first?.isReserved == true)
        }
    }

    /// A settlement is the first to need the counter.
    @Test(arguments: Backend.allCases)
    func callUnderWayIsCountedOnceByABudgetThatIsSetBeforeItEnds(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = LedgerStore(database)
            let (one, other) = (
                try await store.reserved(.sample(tenant, most: 60)), try await store.reserved(.sample(tenant, most: 7))
            )
            try await BudgetStore(database).hard(100, tenant: tenant)
            try await store.settle(one.settled(50))
            try await database.expectLedgerAddsUp()
            let standing = try #require(try await BudgetStore(database).standings(tenant: tenant, now: .at(0)).first)
            #expect(standing.used == 50 && standing.reserved == 7)
            try await store.settle(other.settled(7))
            try await database.expectLedgerAddsUp()
        }
    }

    struct Scope: Sendable {
        var template: String?
        var environment: String?
        /// Of everybody, of the tenant, of template t, of environment e, of both.
        var refusedBy: [Bool]
    }

    @Test(arguments: [
        Scope(refusedBy: [true, true, false, false, false]),
        Scope(template: "t", refusedBy: [true, true, true, false, false]),
        Scope(template: "u", environment: "e", refusedBy: [true, true, false, true, false]),
        Scope(template: "t", environment: "e", refusedBy: [true, true, true, true, true]),
    ])
    func callCountsAgainstTheBudgetsThatTakeItIn(_ scope: Scope) async throws {
        try await Backend.memory.with { database in
            let (store, budgets) = (LedgerStore(database), BudgetStore(database))
            let scopes: [(UUID, String?, String?)] = [
                (.zero, nil, nil), (tenant, nil, nil), (tenant, "t", nil), (tenant, nil, "e"), (tenant, "t", "e"),
            ]
            for ((owner, template, environment), refuses) in zip(scopes, scope.refusedBy) {
                let budget = try await budgets.hard(9, tenant: owner, template: template, environment: environment)
                let decision = try await store.reserve(
                    .sample(tenant, most: 10, template: scope.template, environment: scope.environment)
                ).first
                #expect((decision?.refusal != nil) == refuses, "\(owner) \(template ?? "") \(environment ?? "")")
                if case .budget(let refusal)? = decision?.refusal {
                    #expect(refusal.budget == budget)
                    // A tenant does not learn what all tenants spend.
                    #expect(refusal.description.contains("$") == (owner != .zero))
                }
                _ = try await budgets.delete(budget.id, tenant: nil, by: .service)
            }
        }
    }

    @Test(arguments: Backend.allCases)
    func callCountsInThePeriodInWhichItWasLetThrough(_ backend: Backend) async throws {
        try await backend.with { database in
            let (store, budgets) = (LedgerStore(database), BudgetStore(database))
            try await budgets.hard(100, tenant: tenant)
            try await budgets.hard(150, tenant: tenant, period: .month)
            let day = BudgetPeriod.day.interval(containing: .at(0))
            let late = try await store.reserved(
                .sample(tenant, most: 90, at: day.end - 1), now: day.end.addingTimeInterval(-1))
            let next = day.end.addingTimeInterval(1)
            try await store.settle(late.settled(80), now: next)
            let standings = try await budgets.standings(tenant: tenant, now: next)
            #expect(standings.map(\.used) == [0, 80] && standings[0].resetsAt == day.end + 86_400)
            #expect(try await budgets.standings(tenant: tenant, now: .at(0)).map(\.used) == [80, 80])
            // The new day has room, the month has 70.
            let decisions = try await store.reserve(
                .sample(tenant, most: 71), .sample(tenant, most: 70), now: next)
            #expect(decisions[0].refusal != nil && decisions[1].isReserved)
            try await database.expectLedgerAddsUp()
        }
    }

    @Test(arguments: Backend.allCases)
    func softBudgetTellsOnceAndRefusesNothing(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = LedgerStore(database)
            try await BudgetStore(database).set(
                BudgetTerms(period: .day, cap: 100, isHard: false), tenant: tenant, byOperator: false, by: .service,
                now: .at(0))
            var told: [Int] = []
            for cost: Int64 in [70, 9, 1, 10, 30, 500] {
                let call = try await store.reserved(.sample(tenant, most: 1000))
                told += try await store.settle(call.settled(cost)).notices.map(\.percent)
            }
            #expect(told == [80, 100])
            try await database.expectLedgerAddsUp()
        }
    }

    /// From the moment a budget is set no call is let through beside it.
    @Test(arguments: [Backend.file, .postgresql])
    func budgetSetWhileCallsStreamInHoldsAtOnce(_ backend: Backend) async throws {
        try await backend.with { database in
            let (store, budgets) = (LedgerStore(database), BudgetStore(database))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<25 {
                            guard
                                case .reserved(let call)? = try await store.reserve(.sample(self.tenant, most: 10))
                                    .first
                            else { continue }
                            try await store.settle(call.settled(10))
                        }
                    }
                }
                group.addTask {
                    try await Task.sleep(for: .milliseconds(30))
                    let budget = try await budgets.hard(1, tenant: self.tenant)
                    // In one snapshot: calls end meanwhile.
                    let known: Int = try await database.read {
                        try $0.query(
                            """
                            SELECT (SELECT COUNT(*) FROM ai_usage_logs) + (SELECT COUNT(*) FROM ai_reservations)
                                AS known
                            """
                        ).first?.get("known") ?? 0
                    }
                    try await Task.sleep(for: .milliseconds(100))
                    #expect(try await database.ledgerRows(self.tenant).count <= known)
                    #expect(budget.terms.cap == 1)
                }
                try await group.waitForAll()
            }
            try await database.expectLedgerAddsUp()
        }
    }

    @Test(arguments: Backend.allCases)
    func erasureDropsATenantsCountersAndLetsGoOfOthers(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = LedgerStore(database)
            let tenant = try await TenantStore(database).create(name: "acme", tier: .premium).id
            try await BudgetStore(database).hard(100, tenant: tenant)
            try await BudgetStore(database).hard(1000, tenant: .zero)
            let shared = CounterLimit(name: "at-once/openai", kind: .atOnce, cap: 5)
            let own = CounterLimit(name: "\(tenant.text)/at-once", kind: .atOnce, cap: 5)
            let call = try await store.reserved(.sample(tenant, most: 60, limits: [shared, own]))
            #expect(try await database.counter(own.name) == [0, 1])
            _ = try await TenantErasure(database).deleteRows(of: tenant)
            #expect(try await database.counter(own.name) == nil)
            #expect(try await database.counter(shared.name) == [0, 0])
            #expect(try await BudgetStore(database).standings(tenant: tenant).isEmpty)
            let all = try #require(try await BudgetStore(database).standings(tenant: nil, now: .at(0)).first)
            #expect(all.reserved == 0 && all.used == 60)
            // The call ends all the same, and leaves nothing.
            try await store.settle(call.settled(10))
            #expect(try await database.ledgerRows(tenant).isEmpty)
            #expect(try await database.counter(shared.name) == [0, 0])
        }
    }

    @Test(arguments: Backend.allCases)
    func whatNobodyComesBackForIsRemoved(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = LedgerStore(database)
            let execution = try await database.accepted(tenant)
            let budget = try await BudgetStore(database).hard(100, tenant: tenant)
            let limits = [
                CounterLimit(name: "rate", kind: .requestsPerMinute, cap: 5),
                CounterLimit(name: "at-once", kind: .atOnce, cap: 5),
            ]
            let digest = String(repeating: "c", count: 64)
            let call = try await store.reserved(.sample(tenant, most: 60, execution: execution.id, limits: limits))
            try await store.settle(
                call.settled(10, answer: RecordedAnswer(requestDigest: digest, answer: true)), now: .at(0))
            let held = try await store.reserved(.sample(tenant, most: 1, limits: [limits[1]]))
            func remove(after days: Double) async throws -> Int {
                try await store.removeOld(now: .at(days * 86_400))
            }
            #expect(try await remove(after: 0.001) == 0)
            #expect(try await remove(after: 1) == 1)
            #expect(try await database.counter("rate") == nil)
            #expect(try await remove(after: 8) == 1)
            #expect(
                try await store.answer(
                    tenant: tenant, executionID: execution.id, activityID: "a", requestDigest: digest) == nil)
            try await store.settle(held.settled(1))
            #expect(try await remove(after: 8) == 1)
            #expect(try await remove(after: 60) == 0)
            #expect(try await remove(after: 64) == 1)
            #expect(try await database.counter("\(tenant.text)/budget/\(budget.id.text)") == nil)
            // It comes back as it was.
            #expect(try await BudgetStore(database).standings(tenant: tenant, now: .at(0)).first?.used == 11)
        }
    }
}
