import Foundation
import JSON
import Storage
import StorageSQLite
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct EnhancementStoreTests {
    private let actor = AuditActor(tenantID: nil, principalID: UUID(), name: "tester")

    @Test(arguments: Backend.allCases)
    func settingsAreKeptWithTheTenantAndAudited(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenant = try await TenantStore(database).create(name: "a", tier: .premium).id
            let store = EnhancementStore(database)
            #expect(try await store.settings(tenant).isEmpty)
            let off = PointSetting(template: "document-processing", point: "summary", isEnabled: false)
            let held = PointSetting(template: "onboarding", point: "welcome.text", holdOut: 0.25)
            try await store.set(off, tenant: tenant, by: actor)
            try await store.set(held, tenant: tenant, by: actor)
            #expect(try await store.settings(tenant) == [off, held])
            #expect(try await TenantStore(database).get(tenant)?.points.all == [off, held])
            // A change of something else leaves them alone.
            var change = TenantStore.Change()
            change.tier = .enterprise
            #expect(try await TenantStore(database).change(tenant, change, by: actor)?.points.all == [off, held])
            try await store.set(
                PointSetting(template: "document-processing", point: "summary"), tenant: tenant, by: actor)
            #expect(try await store.settings(tenant) == [held])
            let entries = try await AuditLog(database).list(tenant: tenant).entries.filter {
                $0.action == .pointChanged
            }
            #expect(entries.count == 3 && entries.allSatisfy { $0.actor.name == "tester" })
            #expect(entries.last?.target == "enhancement/document-processing/summary")
        }
    }

    @Test(arguments: Backend.allCases)
    func whatIsNotAllowedIsRefused(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenant = try await TenantStore(database).create(name: "a", tier: .premium).id
            let store = EnhancementStore(database)
            for setting in [
                PointSetting(template: "", point: "s"), PointSetting(template: "t", point: "a/b"),
                PointSetting(template: "t", point: "s", holdOut: 1.5),
                PointSetting(template: "t", point: "s", holdOut: -0.1),
                PointSetting(template: "t", point: "s", holdOut: .nan),
                PointSetting(template: String(repeating: "t", count: 101), point: "s"),
            ] {
                #expect(
                    await storageError { try await store.set(setting, tenant: tenant, by: actor) } == .constraint)
            }
            let setting = PointSetting(template: "t", point: "s", holdOut: 0.5)
            #expect(await storageError { try await store.set(setting, tenant: UUID(), by: actor) } == .notFound)
        }
    }

    @Test func theLotIsTheSameForEverybodyAndFair() async throws {
        let database = try SQLiteDatabase.inMemory()
        try await Migrator().migrate(database)
        let tenant = try await TenantStore(database).create(name: "a", tier: .premium).id
        let store = EnhancementStore(database)
        try await store.set(PointSetting(template: "t", point: "a", holdOut: 0.3), tenant: tenant, by: actor)
        try await store.set(PointSetting(template: "t", point: "b", holdOut: 0.3), tenant: tenant, by: actor)
        try await store.set(PointSetting(template: "t", point: "c", isEnabled: false), tenant: tenant, by: actor)
        try await store.set(PointSetting(template: "t", point: "d", holdOut: 1), tenant: tenant, by: actor)
        let points = try #require(try await TenantStore(database).get(tenant)?.points)
        var (held, both) = (0, 0)
        for number in 0..<2_000 {
            let bytes = UInt8(truncatingIfNeeded: number)
            let high = UInt8(truncatingIfNeeded: number >> 8)
            let id = UUID(uuid: (high, bytes, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))
            let off = points.off(["a", "b", "c", "d", "e"], of: "t", in: id)
            #expect(off == points.off(["a", "b", "c", "d", "e"], of: "t", in: id))
            #expect(off["c"] == "switched_off" && off["d"] == "held_out" && off["e"] == nil)
            #expect(points.off(["a", "c"], of: "other", in: id).isEmpty)
            if off["a"] != nil { held += 1 }
            if off["a"] != nil, off["b"] != nil { both += 1 }
        }
        // 600 and 180 are expected; the ids are fixed, so the numbers are as well.
        #expect((530...670).contains(held), "\(held)")
        #expect((130...230).contains(both), "points are drawn apart: \(both)")
        // What an earlier version drew must be drawn again: a repeated start pins the same.
        let known = try #require(UUID(uuidString: "6ba7b810-9dad-11d1-80b4-00c04fd430c8"))
        #expect(points.off(["a", "b"], of: "t", in: known) == points.off(["b", "a"], of: "t", in: known))
    }

    /// A closed execution with one run of the point.
    private func insert(
        _ database: any Database, _ tenant: UUID, _ definition: UUID, used: Bool, reason: String? = nil,
        milliseconds: Int64 = 0, cost: Int64 = 0, outcome: Double? = nil, at second: Double = 10
    ) async throws {
        let execution = try await database.accepted(tenant, definition: definition, at: .at(second)).id
        let store = ExecutionStore(database)
        if cost > 0 {
            var row = UsageRecord(
                tenantID: tenant, executionID: execution, activityName: "ai_summarize_activity", activityID: "r/1",
                provider: "openai", model: "m", costMicrodollars: cost, success: true)
            row.enhancementPoint = "summary"
            try await AIUsageStore(database).record(row)
        }
        var end = ExecutionOutcome(status: .completed, completedAt: .at(second))
        end.enhancements = [
            FinishedEnhancement(
                number: 2, point: "summary", used: used, reason: reason, milliseconds: milliseconds,
                completedAt: .at(second))
        ]
        #expect(try await store.close(execution, runID: "r", end))
        if let outcome {
            #expect(
                try await store.recordOutcome(name: "clicked", value: outcome, of: execution, tenant: tenant))
        }
    }

    @Test(arguments: Backend.allCases)
    func impactTellsUseCostLatencyAndOutcomes(_ backend: Backend) async throws {
        try await backend.with { database in
            let (tenant, other) = (UUID(), UUID())
            let definition = try await database.insertedDefinition("letters")
            for number in 1...20 {
                try await insert(
                    database, tenant, definition, used: true, milliseconds: Int64(number) * 100, cost: 50,
                    outcome: number <= 15 ? 1 : 0)
                try await insert(
                    database, tenant, definition, used: false, reason: "held_out", outcome: number <= 5 ? 1 : 0)
            }
            for number in 1...5 {
                try await insert(
                    database, tenant, definition, used: false, reason: "timed_out", milliseconds: 60_000,
                    outcome: number == 1 ? 1 : 0)
            }
            try await insert(database, tenant, definition, used: false, reason: "not_requested", outcome: 7)
            try await insert(database, other, definition, used: true)
            try await insert(database, tenant, definition, used: true, at: 99_999)
            let store = EnhancementStore(database)
            let window = StatisticsWindow(from: .at(0), to: .at(1_000))
            let found = try await store.impact(ImpactQuery(tenant: tenant, window: window))
            #expect(found.count == 1)
            let impact = try #require(found.first)
            #expect(impact.template == "letters" && impact.version == "1.0.0" && impact.point == "summary")
            #expect(impact.runs == 46 && impact.used == 20 && impact.microdollars == 1_000)
            #expect(impact.fallbacks == ["held_out": 20, "timed_out": 5, "not_requested": 1])
            #expect(impact.fallbackRate == 0.2)
            #expect(impact.latency?.p50 == 1_300 && impact.latency?.p95 == 60_000)
            let outcome = try #require(impact.outcomes.first)
            #expect(impact.outcomes.count == 1 && outcome.name == "clicked")
            #expect(outcome.groups[.with]?.count == 20 && outcome.groups[.with]?.mean == 0.75)
            #expect(outcome.groups[.heldOut]?.mean == 0.25 && outcome.groups[.fallback]?.mean == 0.2)
            #expect(outcome.groups[.off]?.count == 1)
            // By hand: sample variances 0.75 · 0.25 · 20/19 each; 1.96 · √(2 · 0.19737 / 20) = 0.27535.
            let difference = try #require(outcome.difference(to: .heldOut))
            #expect(abs(difference.estimate - 0.5) < 1e-9)
            #expect(abs(difference.low - 0.22465) < 1e-4 && abs(difference.high - 0.77535) < 1e-4)
            #expect(outcome.difference(to: .off) == nil, "one value has no spread")
            #expect(try await store.impact(ImpactQuery(tenant: tenant, template: "x", window: window)).isEmpty)
            #expect(try await store.impact(ImpactQuery(tenant: tenant, point: "x", window: window)).isEmpty)
            #expect(try await store.impact(ImpactQuery(tenant: nil, window: window)).first?.runs == 47)
            #expect(impact.json["outcomes"]?[0]?["difference"]?["held_out"]?["estimate"]?.double == 0.5)
        }
    }

    /// Large values with a small spread: a sum of squares would lose it.
    @Test(arguments: Backend.allCases)
    func spreadOfLargeValuesIsExact(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenant = UUID()
            let definition = try await database.insertedDefinition("letters")
            for number in 0..<4 {
                let value = 1e12 + Double(number % 2)
                try await insert(database, tenant, definition, used: true, outcome: value + 1)
                try await insert(database, tenant, definition, used: false, reason: "held_out", outcome: value)
            }
            let window = StatisticsWindow(from: .at(0), to: .at(1_000))
            let impact = try await EnhancementStore(database).impact(ImpactQuery(tenant: tenant, window: window))
            let difference = try #require(impact.first?.outcomes.first?.difference(to: .heldOut))
            // Variance 1/3, 4 values: 1.96 · √(2 · 1/12).
            #expect(abs(difference.estimate - 1) < 1e-3 && abs(difference.high - 1 - 0.80017) < 1e-3)
        }
    }

    @Test(arguments: Backend.allCases)
    func outcomesBelongToTheTenantsExecutionAndAreReplaced(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenant = UUID()
            let execution = try await database.accepted(tenant).id
            let store = ExecutionStore(database)
            #expect(try await store.recordOutcome(name: "clicked", value: 0, of: execution, tenant: tenant))
            #expect(try await store.recordOutcome(name: "clicked", value: 1, of: execution, tenant: tenant))
            #expect(try await store.recordOutcome(name: "revenue", value: -12.5, of: execution, tenant: tenant))
            #expect(try await store.outcomes(of: execution, tenant: tenant) == ["clicked": 1, "revenue": -12.5])
            #expect(try await !store.recordOutcome(name: "clicked", value: 1, of: execution, tenant: UUID()))
            #expect(try await !store.recordOutcome(name: "clicked", value: 1, of: UUID(), tenant: tenant))
            #expect(try await store.outcomes(of: execution, tenant: UUID()).isEmpty)
            for number in 2..<ExecutionStore.outcomeLimit {
                #expect(try await store.recordOutcome(name: "n\(number)", value: 1, of: execution, tenant: tenant))
            }
            #expect(
                await storageError {
                    _ = try await store.recordOutcome(name: "more", value: 1, of: execution, tenant: tenant)
                } == .limitExceeded)
            #expect(try await store.recordOutcome(name: "clicked", value: 5, of: execution, tenant: tenant))
        }
    }

    @Test(arguments: Backend.allCases)
    func aReopenedExecutionForgetsItsPoints(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenant = UUID()
            let definition = try await database.insertedDefinition("letters")
            try await insert(database, tenant, definition, used: true, milliseconds: 5)
            let id: UUID = try await database.read {
                try $0.query("SELECT id FROM workflow_executions").first?.get("id") ?? .zero
            }
            #expect(try await ExecutionStore(database).reopen(id, runID: "r2"))
            let window = StatisticsWindow(from: .at(0), to: .at(1_000))
            #expect(try await EnhancementStore(database).impact(ImpactQuery(tenant: tenant, window: window)).isEmpty)
        }
    }
}
