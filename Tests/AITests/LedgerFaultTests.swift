import AI
import Foundation
import Logging
import Storage
import Synchronization
import TestSupport
import Testing

/// A real database whose writes can be made to fail: before them, or after their commit, when the reply is lost.
private final class BreakableDatabase: Database {
    enum Fault: Sendable {
        case none, away
        /// So many commits from now on are not answered.
        case lostReplies(Int)
    }

    let database: any Database
    let fault = Mutex(Fault.none)

    init(_ database: any Database) { self.database = database }

    var dialect: Dialect { database.dialect }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result {
        try await database.read(body)
    }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result {
        if case .away = fault.withLock({ $0 }) { throw StorageError(.unavailable, "away") }
        let result = try await database.write(body)
        let isLost = fault.withLock { fault in
            guard case .lostReplies(let left) = fault, left > 0 else { return false }
            fault = .lostReplies(left - 1)
            return true
        }
        if isLost { throw StorageError(.outcomeUnknown, "lost") }
        return result
    }

    func notifications() -> AsyncStream<DatabaseNotification> { database.notifications() }
}

@Suite(.timeLimit(.minutes(1)))
struct LedgerFaultTests {
    let tenant = UUID()

    @Test(arguments: Backend.allCases)
    func withoutADatabaseNothingIsLetThroughAndNothingPaidIsForgotten(_ backend: Backend) async throws {
        try await backend.with { real in
            let database = BreakableDatabase(real)
            let ledger = AILedger(database)
            try await BudgetStore(real).cap(100, of: tenant)
            let open = try await ledger.reserve(.sample(tenant, most: 50))
            database.fault.withLock { $0 = .away }
            await #expect(throws: StorageError.self) { try await ledger.reserve(.sample(self.tenant, most: 10)) }
            // The caller has its answer and does not wait for the database.
            await ledger.settle(open, .cost(20))
            #expect(try await BudgetStore(real).standing(of: tenant)?.reserved == 50)
            database.fault.withLock { $0 = .none }
            try await eventually("settled late") {
                try await BudgetStore(real).standing(of: tenant)?.used == 20
            }
            await ledger.settle(try await ledger.reserve(.sample(tenant, most: 80)), .cost(1))
            let standing = try #require(try await BudgetStore(real).standing(of: tenant))
            #expect(standing.used == 21 && standing.reserved == 0)
        }
    }

    @Test(arguments: Backend.allCases)
    func lostRepliesCountNothingTwice(_ backend: Backend) async throws {
        try await backend.with { real in
            let database = BreakableDatabase(real)
            let ledger = AILedger(database)
            try await BudgetStore(real).cap(100, of: tenant)
            database.fault.withLock { $0 = .lostReplies(2) }
            let reservation = try await ledger.reserve(.sample(tenant, most: 50))
            #expect(try await BudgetStore(real).standing(of: tenant)?.reserved == 50)
            database.fault.withLock { $0 = .lostReplies(2) }
            await ledger.settle(reservation, .cost(20))
            await ledger.record(
                UsageRecord(
                    tenantID: tenant, executionID: nil, activityName: "a", activityID: "a", provider: "local",
                    model: "local", success: true))
            try await eventually("both are written") {
                let rows = try await AIUsageStore(real).list(tenant: tenant, from: .distantPast, to: .distantFuture)
                return rows.count == 2
            }
            let standing = try #require(try await BudgetStore(real).standing(of: tenant))
            #expect(standing.used == 20 && standing.reserved == 0)
        }
    }

    /// Its reply never came: the room it may hold is given back.
    @Test(arguments: Backend.allCases)
    func requestThatWasGivenUpHoldsNothing(_ backend: Backend) async throws {
        try await backend.with { real in
            let database = BreakableDatabase(real)
            let ledger = AILedger(database)
            try await BudgetStore(real).cap(100, of: tenant)
            database.fault.withLock { $0 = .lostReplies(1) }
            await #expect(throws: StorageError.self) {
                try await ledger.reserve(.sample(self.tenant, most: 50, within: 0))
            }
            try await eventually("let go") { try await BudgetStore(real).standing(of: tenant)?.reserved == 0 }
        }
    }

    @Test(arguments: Backend.allCases)
    func callThatCannotBeWrittenTakesNoOtherWithIt(_ backend: Backend) async throws {
        try await backend.with { database in
            let ledger = AILedger(database)
            try await BudgetStore(database).cap(1000, of: tenant)
            let tenant = tenant
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        var call = LedgerCall.sample(tenant, most: 10, call: index)
                        // Longer than the column, or with what PostgreSQL cannot hold.
                        if index == 7 { call.model = String(repeating: "x", count: 101) }
                        if index == 11 { call.keyName = "\u{0}" }
                        if index == 13 { call.template = "\u{0}" }
                        guard let reservation = try? await ledger.reserve(call) else { return }
                        await ledger.settle(reservation, .cost(5))
                    }
                }
            }
            let rows = try await AIUsageStore(database).list(tenant: tenant, from: .distantPast, to: .distantFuture)
            #expect(rows.count == 17)
            #expect(try await BudgetStore(database).standing(of: tenant)?.used == 85)
        }
    }

    /// As after kill -9: the calls under way are listed, each at its maximum, and nothing else is.
    @Test(arguments: [Backend.file, .postgresql])
    func callsOfAProcessThatDiedBecomeUnknown(_ backend: Backend) async throws {
        try await backend.withTwo { one, other in
            try await Migrator().migrate(one)
            try await BudgetStore(one).cap(10_000, of: tenant)
            var inFlight: Set<UUID> = []
            do {
                let dying = AILedger(one, grace: .zero, logger: .silent)
                for index in 0..<30 {
                    let reservation = try await dying.reserve(.sample(tenant, most: 100, call: index, within: 0.3))
                    if index % 3 == 0 {
                        inFlight.insert(reservation.id)
                    } else {
                        await dying.settle(reservation, .cost(40))
                    }
                }
            }
            let surviving = AILedger(other)
            let running = Task { await surviving.run() }
            try await eventually(timeout: .seconds(30), "counted as made") {
                try await BudgetStore(other).standing(of: tenant)?.reserved == 0
            }
            running.cancel()
            await running.value
            let unknown = try await AIUsageStore(other).unknown(tenant: tenant, limit: 100).rows
            #expect(Set(unknown.map(\.id)) == inFlight && unknown.allSatisfy { $0.costMicrodollars == 100 })
            #expect(try await BudgetStore(other).standing(of: tenant)?.used == 10 * 100 + 20 * 40)
        }
    }
}
