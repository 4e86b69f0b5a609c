import Foundation
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LedgerLimitTests {
    let tenant = UUID()

    private func call(_ limit: CounterLimit) -> Reservation { .sample(tenant, most: 0, limits: [limit]) }

    /// A minute that begins at nought.
    private func time(_ second: Double) -> Date {
        Date(timeIntervalSince1970: (Date.at(0).timeIntervalSince1970 / 60).rounded(.up) * 60 + second)
    }

    @Test(arguments: Backend.allCases)
    func callsBeyondTheNumberAtOnceWaitForOneToEnd(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = LedgerStore(database)
            let limit = CounterLimit(name: "at-once/openai", kind: .atOnce, cap: 2)
            let first = try await store.reserved(call(limit))
            let decisions = try await store.reserve(call(limit), call(limit))
            #expect(decisions[0].isReserved && decisions[1].isWaiting)
            try await store.settle(first.settled(0))
            #expect(try await store.reserve(call(limit)).first?.isReserved == true)
            #expect(try await database.counter(limit.name) == [0, 2])
            // What can never fit is not waited for.
            #expect(
                try await store.reserve(call(CounterLimit(name: "none", kind: .atOnce, cap: 0))).first?.refusal
                    == .limit(name: "none", retryAfter: nil))
        }
    }

    @Test(arguments: Backend.allCases)
    func rateLooksBackOverSixtySeconds(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = LedgerStore(database)
            let limit = CounterLimit(name: "\(tenant.text)/rate/requests", kind: .requestsPerMinute, cap: 4)
            for _ in 0..<4 { _ = try await store.reserved(call(limit), now: time(30)) }
            guard
                case .limit(limit.name, let wait?) = try await store.reserve(call(limit), now: time(45)).first?.refusal
            else {
                Issue.record("let through")
                return
            }
            #expect(wait == .seconds(15))
            // At the next minute's quarter three of the four still count.
            let decisions = try await store.reserve(call(limit), call(limit), now: time(75))
            #expect(decisions[0].isReserved)
            #expect(decisions[1].refusal == .limit(name: limit.name, retryAfter: .seconds(15)))
            #expect(try await store.reserve(call(limit), now: time(90.1)).first?.isReserved == true)
        }
    }

    @Test(arguments: Backend.allCases)
    func tokensCountAsTakenOnceTheyAreKnown(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = LedgerStore(database)
            let limit = CounterLimit(name: "rate/tokens", kind: .tokensPerMinute, amount: 100, cap: 150)
            let first = try await store.reserved(call(limit), now: time(0))
            #expect(try await store.reserve(call(limit), now: time(0)).first?.isWaiting == true)
            try await store.settle(first.settled(0, tokens: 40))
            #expect(try await database.counter(limit.name) == [40, 0])
            _ = try await store.reserved(call(limit), now: time(0))
            #expect(try await store.reserve(call(limit), now: time(0)).first?.isWaiting == true)
        }
    }

    /// A full number at once holds up nobody's budget, and the other way round.
    @Test(arguments: Backend.allCases)
    func whoWaitsHoldsNothingElse(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = LedgerStore(database)
            try await BudgetStore(database).hard(100, tenant: tenant)
            let limit = CounterLimit(name: "at-once/openai", kind: .atOnce, cap: 1)
            _ = try await store.reserved(call(limit))
            let decisions = try await store.reserve(
                .sample(tenant, most: 90, limits: [limit]), .sample(tenant, most: 100))
            #expect(decisions[0].isWaiting && decisions[1].isReserved)
            #expect(try await database.counter(limit.name) == [0, 1])
            try await database.expectLedgerAddsUp()
        }
    }
}
