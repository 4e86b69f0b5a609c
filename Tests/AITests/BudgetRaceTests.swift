import AI
import Foundation
import Storage
import TestSupport
import Testing

/// Many callers, several processes, one cap.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct BudgetRaceTests {
    private static let most: Int64 = 45_000
    private static let cap: Int64 = 5_000_000
    private static let processes = 4
    private static let callers = 250

    /// A thousand calls want more than three times the cap; each takes 10 to 60 % of its maximum.
    @Test(arguments: [Backend.file, .postgresql])
    func capIsUsedToTheLastPercentAndNeverPassed(_ backend: Backend) async throws {
        try await backend.withLocation { location in
            let tenant = UUID()
            let database = try Backend.open(location)
            try await BudgetStore(database).cap(Self.cap, of: tenant)
            let start = ContinuousClock.now
            try await withTemporaryFolder { folder in
                let children = try (0..<Self.processes).map { try Self.child($0, location, tenant, folder) }
                for child in children { #expect(try await child.waitUntilEnded(atMost: .seconds(120)) == 0) }
                let book = try Self.book(folder)
                let total = book.values.reduce(0, +)
                let standing = try #require(try await BudgetStore(database).standing(of: tenant))
                print(
                    "budget race, \(backend), \(Self.processes) processes: \(total) of \(Self.cap) micro-dollars by",
                    "\(book.count) of \(Self.processes * Self.callers) calls in \(start.duration(to: .now))")
                #expect(standing.used == total && standing.reserved == 0)
                #expect(total <= Self.cap)
                #expect(total >= Self.cap * 99 / 100)
                let rows = try await AIUsageStore(database).totals(
                    UsageQuery(tenant: tenant, from: .distantPast, to: .distantFuture))
                #expect(rows.first?.microdollars == total && rows.first?.calls == Int64(book.count))
            }
        }
    }

    /// The provider's own count and the ledger differ by the calls that the dead process had under way, which are listed.
    @Test(arguments: [Backend.file, .postgresql])
    func ledgerAndProviderAgreeButForTheCallsOfAKilledProcess(_ backend: Backend) async throws {
        try await backend.withLocation { location in
            let tenant = UUID()
            let database = try Backend.open(location)
            let budgets = BudgetStore(database)
            try await budgets.cap(Self.cap, of: tenant)
            try await withTemporaryFolder { folder in
                let victim = try Self.child(0, location, tenant, folder, deadline: 4, latency: 1000)
                func victimIsCharged(for calls: Int) async throws {
                    try await eventually(timeout: .seconds(60), every: .milliseconds(5), "the victim is charged") {
                        try Self.book(folder, of: 0).count >= calls
                    }
                }
                try await victimIsCharged(for: 1)
                // They wait for what the victim has reserved.
                let others = try (1..<Self.processes).map { try Self.child($0, location, tenant, folder) }
                try await victimIsCharged(for: 20)
                victim.send(9)
                #expect(try await victim.waitUntilEnded() == -9)
                let ledger = AILedger(database)
                let expiring = Task { await ledger.run() }
                for child in others { #expect(try await child.waitUntilEnded(atMost: .seconds(120)) == 0) }
                try await eventually(timeout: .seconds(30), "what was under way is listed") {
                    try await budgets.standing(of: tenant)?.reserved == 0
                }
                expiring.cancel()
                await expiring.value

                let book = try Self.book(folder)
                let unknown = try await AIUsageStore(database).unknown(tenant: tenant, limit: 1000).rows
                let rows = try await AIUsageStore(database).list(
                    tenant: tenant, from: .distantPast, to: .distantFuture, limit: 2000)
                let ids = Set(unknown.map(\.id))
                let known = rows.filter { !ids.contains($0.id) }
                #expect(
                    !unknown.isEmpty && unknown.allSatisfy { $0.costMicrodollars == Self.most && $0.activityID == "0" })
                #expect(
                    Dictionary(uniqueKeysWithValues: known.map { ($0.id, $0.costMicrodollars) })
                        == book.filter { !ids.contains($0.key) })
                let used = try await budgets.standing(of: tenant)?.used ?? -1
                #expect(used == rows.reduce(0) { $0 + $1.costMicrodollars } && used <= Self.cap)
                print(
                    "killed process, \(backend): \(unknown.count) unknown, \(known.count) known, \(used) micro-dollars")
                // The truth from the provider's book puts the ledger right.
                for row in unknown {
                    _ = try await ledger.resolve(row.id, microdollars: book[row.id] ?? 0, by: .service)
                }
                #expect(try await budgets.standing(of: tenant)?.used == book.values.reduce(0, +))
            }
        }
    }

    // MARK: One process

    private static func child(
        _ number: Int, _ location: String, _ tenant: UUID, _ folder: URL, deadline: Int = 100,
        latency: Int = 50
    ) throws -> ServiceProcess {
        var environment = ProcessInfo.processInfo.environment
        environment["LEDGER_RACE"] = "\(number)|\(location)|\(tenant.text)|\(folder.path)|\(deadline)|\(latency)"
        return try ServiceProcess(
            [
                "/proc/self/exe", "--testing-library", "swift-testing", "--filter",
                "BudgetRaceTests/callsOfOneProcess",
            ], environment: environment, output: folder.appendingPathComponent("log-\(number)"))
    }

    /// What the provider has charged, by the call's id.
    private static func book(_ folder: URL, of number: Int? = nil) throws -> [UUID: Int64] {
        var book: [UUID: Int64] = [:]
        for number in number.map({ $0...$0 }) ?? 0...processes - 1 {
            let file = folder.appendingPathComponent("book-\(number)")
            guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                guard words.count == 2, let id = UUID(uuidString: String(words[0])) else { continue }
                book[id] = Int64(words[1])
            }
        }
        return book
    }

    /// Runs in the processes that the tests above start, and does nothing elsewhere.
    @Test func callsOfOneProcess() async throws {
        guard let race = ProcessInfo.processInfo.environment["LEDGER_RACE"] else { return }
        let words = race.split(separator: "|").map(String.init)
        let tenant = try #require(UUID(uuidString: words[2]))
        let seconds = try #require(Double(words[4]))
        let ledger = AILedger(try Backend.open(words[1]), grace: .seconds(1), logger: .silent)
        let file = words[3] + "/book-\(words[0])"
        try Data().write(to: URL(fileURLWithPath: file))
        let book = try #require(FileHandle(forUpdatingAtPath: file))
        let provider = Provider(book, slowest: try #require(Int(words[5])))
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<Self.callers {
                group.addTask {
                    do {
                        var call = LedgerCall.sample(tenant, most: Self.most, call: index, within: seconds)
                        call.activityID = words[0]
                        let reservation = try await ledger.reserve(call, patience: .seconds(90))
                        let cost = try await provider.answer(reservation.id, most: Self.most)
                        await ledger.settle(reservation, .cost(cost))
                    } catch is LedgerRefusal {
                    } catch {
                        Issue.record("\(error)")
                    }
                }
            }
        }
    }

    /// Charges 10 to 60 % of the maximum, in a book that outlives the process.
    private actor Provider {
        private let book: FileHandle

        /// Milliseconds.
        private let slowest: Int

        init(_ book: FileHandle, slowest: Int) {
            self.book = book
            self.slowest = slowest
        }

        func answer(_ id: UUID, most: Int64) async throws -> Int64 {
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...slowest)))
            let cost = most * .random(in: 10...60) / 100
            try book.write(contentsOf: Data("\(id.text) \(cost)\n".utf8))
            return cost
        }
    }

    // MARK: Figures

    @Test(arguments: [Backend.file, .postgresql], [1, 32, 256])
    func pairsOfReserveAndSettle(_ backend: Backend, callers: Int) async throws {
        try await backend.with { database in
            let ledger = AILedger(database)
            let tenant = UUID()
            try await BudgetStore(database).cap(1_000_000_000, of: tenant)
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
            let used = try await BudgetStore(database).standing(of: tenant)?.used
            #expect(used == Int64(pairs / callers * callers) * 300)
        }
    }
}
