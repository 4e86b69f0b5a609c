import Executions
import Foundation
import JSON
import Storage
import Templates
import Temporal
import TestSupport
import Testing
import Worker
import WorkflowDefinition

extension ExecutionsOnTemporal {
    /// Schedules that Temporal refuses.
    @Suite struct ScheduleSettling {
        private static func with(
            _ body: @Sendable @escaping (Workshop, ScheduleService) async throws -> Void
        ) async throws {
            try await Workshop.with(.init(codec: MarkedCodec())) { shop in
                try await shop.template("quick", "- one: { set: { x: 1 } }")
                let service = ScheduleService(
                    store: ScheduleStore(shop.database), tenants: TenantStore(shop.database),
                    templates: TemplateRegistry(store: DefinitionStore(shop.database), catalog: .standard),
                    temporal: shop.temporal, taskQueue: shop.queue, logger: Workshop.quiet)
                try await body(shop, service)
            }
        }

        private static let daily: JSONValue = ["spec": ["cron": ["0 12 * * *"]]]

        private static func request(_ word: String) throws -> ScheduleRequest {
            ScheduleRequest(
                template: "quick", input: ["word": .string(word)], aiEnhanced: false, tags: [],
                rules: try ScheduleRules(daily))
        }

        @Test func manyThatAreRefusedHoldUpNoneThatIsNot() async throws {
            try await Self.with { shop, service in
                let store = ScheduleStore(shop.database)
                func insert(_ name: String, _ word: String, age: TimeInterval) async throws {
                    let request = try Self.request(word)
                    _ = try await store.insert(
                        NewSchedule(
                            tenantID: shop.tenant, name: name, template: request.template, templateVersion: nil,
                            input: request.input, aiEnhanced: false, tags: [], spec: request.rules.json,
                            isPaused: true, createdBy: shop.caller.id),
                        now: Date(timeIntervalSinceNow: -age))
                }
                for number in 0..<120 {
                    try await insert("refused-\(number)", MarkedCodec.refused, age: 1000)
                }
                try await insert("good", "fine", age: 100)
                let reconciler = ScheduleReconciler(
                    schedules: service, leases: LeaseStore(shop.database), logger: Workshop.quiet)
                try await reconciler.round()
                let good = try #require(try await store.get("good", tenant: shop.tenant))
                #expect(good.status == .active)
                #expect(try await store.get("refused-7", tenant: shop.tenant)?.status == .pending)
                try await service.delete("good", of: shop.tenant)
            }
        }

        @Test func changeThatTemporalRefusesIsRefusedAndUndone() async throws {
            try await Self.with { shop, service in
                let made = try await service.create("daily", Self.request("fine"), paused: true, for: shop.caller)
                #expect(made.row.status == .active)
                let code = await executionError {
                    _ = try await service.update("daily", of: shop.tenant) { _ in
                        try Self.request(MarkedCodec.refused)
                    }
                }
                #expect(code == .invalidInput)
                let after = try await service.get("daily", of: shop.tenant)
                #expect(after.row.status == .active && after.row.input == ["word": "fine"])
                try await service.delete("daily", of: shop.tenant)
            }
        }
    }
}
