import Foundation
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UsageTotalsTests {
    let tenant = UUID()

    private func fill(_ database: any Database) async throws {
        let store = AIUsageStore(database)
        for index in 0..<20 {
            var row = UsageRecord(
                tenantID: index < 15 ? tenant : UUID(), executionID: nil, activityName: index % 2 == 0 ? "one" : "two",
                activityID: "\(index)", provider: "openai", model: index % 5 == 0 ? "large" : "small", inputTokens: 10,
                outputTokens: 2, costMicrodollars: Int64(index), success: index % 4 != 0,
                createdAt: .at(Double(index) * 7200))
            row.template = index % 3 == 0 ? nil : "t"
            row.errorCode = row.success ? nil : "timed_out"
            row.cachedInputTokens = 1
            row.cacheHit = index == 1
            try await store.record(row)
        }
    }

    @Test(arguments: Backend.allCases)
    func totalsOfAnyGroupingAreThoseOfTheRows(_ backend: Backend) async throws {
        try await backend.with { database in
            try await fill(database)
            let store = AIUsageStore(database)
            for by in [[]] + UsageDimension.allCases.map({ [$0] }) + [[.day, .model, .tenant, .outcome]] {
                let totals = try await store.totals(
                    UsageQuery(tenant: nil, from: .at(0), to: .at(1e6), by: by, limit: 100))
                #expect(totals.reduce(0) { $0 + $1.microdollars } == 190, "\(by)")
                #expect(totals.reduce(0) { $0 + $1.calls } == 20 && totals.reduce(0) { $0 + $1.failures } == 5)
                #expect(totals.reduce(0) { $0 + $1.cacheHits } == 1)
                #expect(totals.reduce(0) { $0 + $1.inputTokens } == 200)
                #expect(totals.reduce(0) { $0 + $1.cachedInputTokens } == 20)
                #expect(totals.allSatisfy { Set($0.dimensions.keys) == Set(by.map(\.rawValue)) })
            }
            let models = try await store.totals(
                UsageQuery(tenant: tenant, from: .at(0), to: .at(1e6), by: [.model]))
            #expect(models.map(\.dimensions) == [["model": "small"], ["model": "large"]])
            #expect(models.map(\.microdollars) == [90, 15])
            let days = try await store.totals(
                UsageQuery(tenant: tenant, from: .at(0), to: .at(1e6), by: [.day], limit: 2))
            // 1,790,000,000 s is 2026-09-21, 14:13:20 UTC; the fifteenth row is 28 hours later.
            #expect(days.map { $0.dimensions["day"] } == ["2026-09-22", "2026-09-21"])
            let mine = try await store.totals(UsageQuery(tenant: tenant, from: .at(7200), to: .at(14_400)))
            #expect(mine.count == 1 && mine.first?.microdollars == 1 && mine.first?.dimensions == [:])
            let none = try await store.totals(UsageQuery(tenant: UUID(), from: .at(0), to: .at(1e6)))
            #expect(none.first?.calls == 0 && none.first?.microdollars == 0)
        }
    }

    @Test(arguments: Backend.allCases)
    func stepIsExpectedToCostWhatItsCallsCameToTogether(_ backend: Backend) async throws {
        try await backend.with { database in
            let store = AIUsageStore(database)
            let execution = try await database.accepted(tenant)
            for step in 1...20 {
                for attempt in 1...2 {
                    var row = UsageRecord(
                        tenantID: tenant, executionID: execution.id, activityName: "ai_summarize_activity",
                        activityID: "\(step)", attempt: attempt, provider: "openai", model: "m",
                        costMicrodollars: Int64(step), success: true, createdAt: .at(0))
                    row.template = "t"
                    try await store.record(row)
                }
            }
            let costs = try await store.stepCosts(tenant: tenant, template: "t", from: .at(-1), to: .at(1))
            #expect(
                costs == [
                    StepCost(
                        activity: "ai_summarize_activity", steps: 20, averageMicrodollars: 21, p95Microdollars: 38)
                ])
            #expect(try await store.stepCosts(tenant: tenant, template: "u", from: .at(-1), to: .at(1)).isEmpty)
            #expect(try await store.stepCosts(tenant: UUID(), template: "t", from: .at(-1), to: .at(1)).isEmpty)
        }
    }
}
