import AI
import Foundation
import Storage
import TestSupport
import Testing

/// Many callers, several ledgers on one database, one cap.
@Suite(.timeLimit(.minutes(5)), .serialized)
struct BudgetRaceTests {
    let tenant = UUID()

    /// A thousand calls want more than three times the cap. Each takes 10 to 60 % of its maximum.
    @Test(arguments: [Backend.file, .postgresql])
    func capIsUsedToTheLastPercentAndNeverPassed(_ backend: Backend) async throws {
        try await backend.withSeveral(4) { databases in
            let cap: Int64 = 5_000_000
            let most: Int64 = 45_000
            try await BudgetStore(databases[0]).cap(cap, of: tenant)
            let spent = Tally()
            let refused = Tally()
            let tenant = tenant
            let start = ContinuousClock.now
            await withTaskGroup(of: Void.self) { group in
                for database in databases {
                    let ledger = AILedger(database)
                    for index in 0..<250 {
                        group.addTask {
                            do {
                                let reservation = try await ledger.reserve(
                                    .sample(tenant, most: most, call: index, within: 120), patience: .seconds(120))
                                try? await Task.sleep(for: .milliseconds(.random(in: 1...30)))
                                let cost = most * .random(in: 10...60) / 100
                                spent.add(cost)
                                await ledger.settle(reservation, .cost(cost))
                            } catch is LedgerRefusal {
                                refused.add(1)
                            } catch {
                                Issue.record("\(error)")
                            }
                        }
                    }
                }
            }
            let standing = try #require(try await BudgetStore(databases[0]).standing(of: tenant))
            let total = spent.all.reduce(0, +)
            print(
                "budget race, \(backend): \(total) of \(cap) micro-dollars, \(refused.all.count) of 1000 refused,",
                "\(start.duration(to: .now))")
            #expect(standing.used == total && standing.reserved == 0)
            #expect(total <= cap)
            #expect(total >= cap * 99 / 100)
            let rows = try await AIUsageStore(databases[0]).totals(
                UsageQuery(tenant: tenant, from: .distantPast, to: .distantFuture))
            #expect(rows.first?.microdollars == total)
        }
    }

    @Test(arguments: [Backend.file, .postgresql], [1, 32, 256])
    func pairsOfReserveAndSettle(_ backend: Backend, callers: Int) async throws {
        try await backend.with { database in
            let ledger = AILedger(database)
            try await BudgetStore(database).cap(1_000_000_000, of: tenant)
            let tenant = tenant
            let pairs = callers == 1 ? 200 : 2048
            let start = ContinuousClock.now
            await withTaskGroup(of: Void.self) { group in
                for caller in 0..<callers {
                    group.addTask {
                        for index in 0..<pairs / callers {
                            do {
                                let call = LedgerCall.sample(tenant, most: 1000, call: caller * pairs + index)
                                await ledger.settle(try await ledger.reserve(call), .cost(300))
                            } catch {
                                Issue.record("\(error)")
                            }
                        }
                    }
                }
            }
            let seconds = start.duration(to: .now) / .seconds(1)
            print("reserve and settle, \(backend), \(callers) callers: \(Int(Double(pairs) / seconds)) pairs/s")
            #expect(
                try await BudgetStore(database).standing(of: tenant)?.used == Int64(pairs / callers * callers) * 300)
        }
    }
}
