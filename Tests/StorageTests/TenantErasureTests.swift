import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// What was under way when a tenant was erased leaves nothing behind, however late it ends.
@Suite(.timeLimit(.minutes(2)))
struct TenantErasureTests {
    private let actor = AuditActor(tenantID: nil, principalID: nil, name: "operator")

    /// A tenant that is being erased, and then one that is gone.
    private func withErased(_ backend: Backend, _ body: (any Database, Tenant) async throws -> Void) async throws {
        try await backend.with { database in
            let tenant = try await TenantStore(database).create(name: "gone", tier: .enterprise)
            let erasure = TenantErasure(database)
            let begun = try #require(try await erasure.begin(tenant.id, by: actor))
            try await body(database, begun)
            _ = try await erasure.deleteRows(of: tenant.id)
            #expect(try await erasure.finish(begun))
            try await body(database, begun)
        }
    }

    @Test(arguments: Backend.allCases)
    func uploadIsRefusedAndItsFileIsGone(_ backend: Backend) async throws {
        try await withTemporaryFolder { folder in
            try await withErased(backend) { database, tenant in
                let store = try DocumentStore(database, folder: folder)
                let (stream, feed) = AsyncStream.makeStream(of: [UInt8].self)
                feed.yield([UInt8](repeating: 7, count: 300_000))
                feed.finish()
                let code = await storageError {
                    _ = try await store.put(stream, tenant: tenant.id, mediaType: "text/plain", filename: nil)
                }
                #expect(code == .conflict)
                #expect(try await database.read { try $0.query("SELECT * FROM documents") }.isEmpty)
                #expect(!FileManager.default.fileExists(atPath: folder.appending(path: tenant.id.text).path))
                try await eventually {
                    try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "tmp").path).isEmpty
                }
            }
        }
    }

    @Test(arguments: Backend.allCases)
    func callLeavesNoRowAndHoldsNoCounter(_ backend: Backend) async throws {
        let shared = CounterLimit(name: "at-once/openai", kind: .atOnce, cap: 9)
        try await withErased(backend) { database, tenant in
            let store = LedgerStore(database)
            if try await BudgetStore(database).standings(tenant: nil, now: .at(0)).isEmpty {
                try await BudgetStore(database).hard(1000, tenant: .zero)
            }
            let before = try #require(try await BudgetStore(database).standings(tenant: nil, now: .at(0)).first).used
            let execution = try await database.accepted(tenant.id)
            let answered = try await store.reserved(
                .sample(tenant.id, most: 60, execution: execution.id, limits: [shared]))
            let lost = try await store.reserved(.sample(tenant.id, most: 5, call: 1, limits: [shared]))
            #expect(try await database.counter(shared.name) == [0, 2])
            let answer = RecordedAnswer(requestDigest: String(repeating: "a", count: 64), answer: true)
            try await store.settle(answered.settled(10, answer: answer))
            #expect(try await store.expire(now: .at(10_000)).map(\.id) == [lost.id])
            #expect(try await !AIUsageStore(database).record(lost.record))
            #expect(try await database.ledgerRows(tenant.id).isEmpty)
            #expect(try await database.read { try $0.query("SELECT * FROM ai_answers") }.isEmpty)
            #expect(try await database.counter(shared.name) == [0, 0])
            // The money is spent all the same.
            let all = try #require(try await BudgetStore(database).standings(tenant: nil, now: .at(0)).first)
            #expect(all.used == before + 15 && all.reserved == 0)
            #expect(try await ExecutionStore(database).get(execution.id)?.summary.costMicrodollars == 0)
            try await TenantErasure(database).delete(executions: [execution.id], of: tenant.id)
        }
    }

    /// The erasure of one does not touch another's rows in the same transaction.
    @Test(arguments: Backend.allCases)
    func rowsOfOthersInTheSameBatchAreKept(_ backend: Backend) async throws {
        try await withErased(backend) { database, tenant in
            let other = UUID()
            let store = LedgerStore(database)
            let records = [tenant.id, other].map { Reservation.sample($0, most: 0).record }
            let report = try await store.apply(LedgerBatch(records: records), now: .at(1))
            #expect(report.recorded == [false, true])
            #expect(try await database.ledgerRows(other) == [records[1]])
        }
    }
}
