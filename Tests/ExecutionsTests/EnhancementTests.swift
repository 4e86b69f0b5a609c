import Executions
import Foundation
import JSON
import Storage
import TestSupport
import Testing

private let call = "call: activity, with: { taskQueue: QUEUE, name:"

extension ExecutionsOnTemporal {
    @Suite struct Enhancement {
        private static let tasks = """
            - first:
                \(call) gated, input: { enhanced: 1 } }
                metadata: { enhancement: { id: one, tiers: [enterprise], fallback: { value: { plain: 1 } } } }
            - second:
                \(call) echo, input: { enhanced: 2 } }
                metadata: { enhancement: { id: two, tiers: [enterprise], fallback: { value: { plain: 2 } } } }
            - third:
                \(call) failing, input: { enhanced: 3 } }
                metadata: { enhancement: { id: three, tiers: [enterprise], fallback: { value: { plain: 3 } } } }
            """

        /// As `call: …, with:` stands in flow style elsewhere; here members follow below it.
        private static let template = tasks.replacing("call: activity, with:", with: "call: activity\n    with:")

        @Test func pointsAreDecidedAtTheStartAndToldAtTheEnd() async throws {
            try await Workshop.with { shop in
                try await shop.template("letters", Self.template)
                let actor = AuditActor(tenantID: shop.tenant, principalID: nil, name: "tester")
                let points = EnhancementStore(shop.database)
                try await points.set(
                    PointSetting(template: "letters", point: "two", holdOut: 1), tenant: shop.tenant, by: actor)
                let tenant = try #require(try await TenantStore(shop.database).get(shop.tenant))
                let caller = Principal(tenant: tenant, id: UUID(), scopes: shop.caller.scopes, name: "test")
                let request = ExecuteRequest(template: "letters", input: [:], aiEnhanced: true)
                let id = try await shop.executions.start(request, for: caller).id
                try await shop.gate.arrival(1)
                // What is set meanwhile is for later starts.
                try await points.set(
                    PointSetting(template: "letters", point: "three", isEnabled: false), tenant: shop.tenant,
                    by: actor)
                var row = UsageRecord(
                    tenantID: shop.tenant, executionID: id, activityName: "ai_summarize_activity", activityID: "r/1",
                    provider: "openai", model: "m", costMicrodollars: 123, success: true)
                row.enhancementPoint = "one"
                try await AIUsageStore(shop.database).record(row)
                try await shop.executions.recordOutcome(name: "clicked", value: 1, of: id, tenant: shop.tenant)
                shop.gate.open()
                let details = try await shop.closed(id)
                #expect(details.row.status == .completed && details.fallbackUsed)
                #expect(details.fallbacks.map { $0["reason"]?.string } == ["held_out", "failed"])

                let window = StatisticsWindow(last: 3_600, before: Date(timeIntervalSinceNow: 60))
                let impact = try await points.impact(ImpactQuery(tenant: shop.tenant, window: window))
                let byPoint = Dictionary(impact.map { ($0.point, $0) }, uniquingKeysWith: { first, _ in first })
                #expect(byPoint["one"]?.used == 1 && byPoint["one"]?.microdollars == 123)
                #expect(byPoint["one"]?.outcomes.first?.groups[.with]?.mean == 1)
                #expect(byPoint["two"]?.fallbacks == ["held_out": 1] && byPoint["two"]?.microdollars == 0)
                #expect(byPoint["two"]?.outcomes.first?.groups[.heldOut]?.count == 1)
                #expect(byPoint["three"]?.fallbacks == ["failed": 1])

                // After the end too, in the place of the one before.
                try await shop.executions.recordOutcome(name: "clicked", value: 0, of: id, tenant: shop.tenant)
                #expect(try await shop.store.outcomes(of: id, tenant: shop.tenant) == ["clicked": 0])
            }
        }

        @Test func outcomeThatIsNoneIsRefused() async throws {
            try await Workshop.with { shop in
                try await shop.template("quick", "- one: { set: { x: 1 } }")
                let id = try await shop.start("quick")
                for name in ["", "a b", "-a", String(repeating: "a", count: 101), "ä"] {
                    #expect(
                        await executionError {
                            try await shop.executions.recordOutcome(name: name, value: 1, of: id, tenant: shop.tenant)
                        } == .invalidRequest)
                }
                for value in [Double.nan, .infinity, 2e15] {
                    #expect(
                        await executionError {
                            try await shop.executions.recordOutcome(
                                name: "a", value: value, of: id, tenant: shop.tenant)
                        } == .invalidRequest)
                }
                #expect(
                    await executionError {
                        try await shop.executions.recordOutcome(name: "a", value: 1, of: id, tenant: UUID())
                    } == .unknownExecution)
                _ = try await shop.closed(id)
            }
        }
    }
}
