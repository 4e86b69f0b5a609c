import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct AIUsageStoreTests {
    private func usage(_ execution: Execution, step: String, attempt: Int = 1, call: Int = 0, cost: Int64)
        -> UsageRecord
    {
        UsageRecord(
            tenantID: execution.tenantID, executionID: execution.id, activityName: "ai_summarize_activity",
            activityID: step,
            attempt: attempt, callNumber: call, provider: "local", model: "local", inputTokens: 10, outputTokens: nil,
            costMicrodollars: cost, responseTimeMilliseconds: 12, success: true, confidence: 0.75,
            createdAt: .at(Double(attempt))
        )
    }

    @Test(arguments: Backend.allCases)
    func theSameCallIsPaidOnceAndCentsComeFromTheSum(_ backend: Backend) async throws {
        try await backend.with { database in
            let ledger = AIUsageStore(database)
            let execution = try await database.accepted()
            let first = usage(execution, step: "/do/0", cost: 4_000)
            #expect(try await ledger.record(first))
            #expect(try await !ledger.record(usage(execution, step: "/do/0", cost: 4_000)))
            var sameRow = usage(execution, step: "/do/9", cost: 4_000)
            sameRow.id = first.id
            #expect(try await !ledger.record(sameRow))
            #expect(try await ledger.record(usage(execution, step: "/do/0", attempt: 2, cost: 4_000)))
            #expect(try await ledger.record(usage(execution, step: "/do/0", attempt: 2, call: 1, cost: 4_000)))
            #expect(try await ledger.record(usage(execution, step: "/do/1", cost: 0)))
            #expect(try await ledger.cost(execution: execution.id, tenant: execution.tenantID) == 12_000)
            let row = try #require(try await ExecutionStore(database).get(execution.id)).summary
            // Three calls of 0.4 cents are 1.2 cents: 1, not 3 × 0.
            #expect(row.costMicrodollars == 12_000 && row.costCents == 1)
            let listed = try await ledger.list(execution: execution.id, tenant: execution.tenantID)
            #expect(listed.count == 4 && listed.contains(first))
        }
    }

    @Test(arguments: Backend.allCases)
    func concurrentRecordsSumExactly(_ backend: Backend) async throws {
        try await backend.with { database in
            let ledger = AIUsageStore(database)
            let execution = try await database.accepted()
            try await withThrowingTaskGroup { group in
                for index in 0..<100 {
                    group.addTask { try await ledger.record(self.usage(execution, step: "\(index % 50)", cost: 7)) }
                }
                try await group.waitForAll()
            }
            #expect(try await ledger.cost(execution: execution.id, tenant: execution.tenantID) == 350)
            #expect(try await ExecutionStore(database).get(execution.id)?.summary.costMicrodollars == 350)
        }
    }

    @Test(arguments: Backend.allCases)
    func tenantsSeeTheirOwnUsageInTheAskedTime(_ backend: Backend) async throws {
        try await backend.with { database in
            let ledger = AIUsageStore(database)
            let execution = try await database.accepted()
            let tenant = execution.tenantID
            for attempt in 1...5 { try await ledger.record(usage(execution, step: "s", attempt: attempt, cost: 10)) }
            #expect(try await ledger.list(tenant: tenant, from: .at(2), to: .at(4)).map(\.attempt) == [2, 3])
            #expect(try await ledger.list(tenant: tenant, from: .at(0), to: .at(9), limit: 2).count == 2)
            #expect(try await ledger.cost(tenant: tenant, from: .at(2), to: .at(4)) == 20)
            #expect(try await ledger.cost(execution: execution.id, tenant: UUID()) == 0)
            #expect(try await ledger.list(execution: execution.id, tenant: UUID()).isEmpty)
            // Calls outside any workflow are separate calls each.
            var test = UsageRecord(
                tenantID: tenant, executionID: nil, activityName: "test", activityID: "test", provider: "local",
                model: "local", success: false
            )
            #expect(try await ledger.record(test))
            test.id = UUID()
            #expect(try await ledger.record(test))
        }
    }

    @Test(arguments: [1.01, -0.1])
    func confidenceOutOfRangeIsRefused(_ confidence: Double) async throws {
        try await Backend.memory.with { database in
            var record = usage(try await database.accepted(), step: "s", cost: 0)
            record.confidence = confidence
            let refused = record
            #expect(await storageError { try await AIUsageStore(database).record(refused) } == .constraint)
        }
    }
}

@Suite struct TenantStoreTests {
    @Test(arguments: Backend.allCases)
    func keyAuthenticatesItsTenantUntilRevoked(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenants = TenantStore(database)
            let keys = APIKeyStore(database)
            let tenant = try await tenants.create(name: "acme", tier: .enterprise, now: .at(0))
            #expect(try await tenants.get(tenant.id) == tenant)
            #expect(try await tenants.get(named: "acme") == tenant)
            #expect(try await tenants.list() == [tenant])
            let (key, record) = try await keys.create(tenant: tenant.id, name: "first", now: .at(1))
            #expect(key.hasPrefix(record.prefix) && key.hasPrefix("wfs_") && key.utf8.count == 47)
            #expect(
                try await keys.authenticate(key)
                    == Principal(
                        tenant: tenant, id: record.principalID, scopes: Role.admin.scopes, name: "key \(record.prefix)")
            )
            #expect(try await keys.list(tenant: tenant.id).keys == [record])
            #expect(try await !keys.revoke(record.id, tenant: UUID()))
            #expect(try await keys.revoke(record.id, tenant: tenant.id, now: .at(2)))
            #expect(try await !keys.revoke(record.id, tenant: tenant.id))
            #expect(try await keys.authenticate(key) == nil)
        }
    }

    @Test(arguments: Backend.allCases)
    func keyItselfIsNotInTheDatabase(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenant = try await TenantStore(database).create(name: "acme", tier: .basic)
            let (key, _) = try await APIKeyStore(database).create(tenant: tenant.id, name: "k")
            let rows = try await database.read { try $0.query("SELECT * FROM api_keys") }
            #expect(!"\(rows)".contains(key.dropFirst(14)))
        }
    }

    @Test(arguments: [
        "", "wfs_", "nonsense", "wfs_" + String(repeating: "A", count: 43), String(repeating: "wfs_", count: 100_000),
    ])
    func anythingElseIsNoKey(_ key: String) async throws {
        try await Backend.memory.with { database in
            let principal = try await APIKeyStore(database).authenticate(key)
            #expect(principal == nil)
        }
    }

    @Test(arguments: Backend.allCases)
    func takenNameAndUnknownTenantAreRefused(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenants = TenantStore(database)
            _ = try await tenants.create(name: "acme", tier: .basic)
            #expect(await storageError { _ = try await tenants.create(name: "acme", tier: .premium) } == .conflict)
            #expect(await storageError { _ = try await tenants.create(name: "", tier: .premium) } == .constraint)
            #expect(
                await storageError { _ = try await APIKeyStore(database).create(tenant: UUID(), name: "k") }
                    == .constraint)
        }
    }

    @Test func tiersAreOrdered() {
        #expect(Tier.basic < .premium && .premium < .enterprise)
    }
}

@Suite struct DefinitionStoreTests {
    @Test(arguments: Backend.allCases)
    func upsertKeepsTheRowAndTouchesItOnlyOnChange(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = DefinitionStore(database)
            let original = try await store.upsert(.sample(now: .at(0)))
            #expect(try await store.upsert(.sample(now: .at(5))) == original)
            let changed = try await store.upsert(.sample(definition: ["document": ["dsl": "1.0.1"]], now: .at(9)))
            #expect(changed.id == original.id && changed.createdAt == original.createdAt)
            #expect(changed.createdBy == original.createdBy && changed.updatedAt == .at(9))
            #expect(changed.digest != original.digest && changed.digest.utf8.count == 64)
            #expect(changed.source.hasPrefix("# a comment"))
            #expect(try await store.list(tenant: UUID()) == [changed])
        }
    }

    @Test(arguments: Backend.allCases)
    func latestIsBySemanticVersionAndOwnTemplatesComeFirst(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = DefinitionStore(database)
            for version in ["1.2.0", "1.10.0", "1.9.9", "2.0.0-rc.1", "banana"] {
                _ = try await store.upsert(.sample("t", version))
            }
            let tenant = UUID()
            #expect(try await store.find(name: "t", tenant: tenant)?.version == "1.10.0")
            #expect(try await store.find(name: "t", version: "2.0.0-rc.1", tenant: tenant)?.version == "2.0.0-rc.1")
            #expect(try await store.find(name: "t", version: "9.9.9", tenant: tenant) == nil)
            #expect(try await store.find(name: "u", tenant: tenant) == nil)
            let own = try await store.upsert(.sample("t", "0.1.0", tenant: tenant))
            #expect(try await store.find(name: "t", tenant: tenant) == own)
            #expect(try await store.find(name: "t", version: "1.2.0", tenant: tenant)?.isBuiltIn == true)
            #expect(try await store.find(name: "t", tenant: UUID())?.version == "1.10.0")
            #expect(try await store.get(own.id, tenant: UUID()) == nil)
            #expect(try await store.get(own.id, tenant: tenant) == own)
            #expect(
                try await store.list(tenant: tenant).map(\.version)
                    == ["1.10.0", "1.9.9", "1.2.0", "0.1.0", "2.0.0-rc.1", "banana"]
            )
        }
    }

    @Test func versionsOrderAsTheSpecificationSays() throws {
        let ordered = [
            "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0",
        ]
        for (a, b) in zip(ordered, ordered.dropFirst()) {
            let (a, b) = (try #require(SemanticVersion(a)), try #require(SemanticVersion(b)))
            #expect(a < b && !(b < a))
        }
        for text in ["1", "1.0", "1.0.0.0", "a.b.c", "1..0", "", "1.0.0-", "1.0.0-a..b", "-1.0.0"] {
            #expect(SemanticVersion(text) == nil, "\(text)")
        }
        #expect(SemanticVersion("1.0.0+build.5") != nil)
    }
}
