import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite struct StatisticsStoreTests {
    private let window = StatisticsWindow(from: .at(0), to: .at(3_600))

    /// A closed execution; `wait` and `duration` in milliseconds.
    private func insert(
        _ database: any Database, _ tenant: UUID, _ definition: UUID, at second: Double, duration: Int64,
        wait: Int64? = nil, status: ExecutionStatus = .completed, errorType: String? = nil
    ) async throws -> UUID {
        let id = UUID()
        let end = Date.at(second)
        let start = end.addingTimeInterval(-Double(duration) / 1000)
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO workflow_executions (id, workflow_definition_id, temporal_workflow_id, temporal_run_id,
                    latest_run_id, status, ai_enhanced, started_at, completed_at, duration_ms, tenant_id, first_task_at,
                    error_type)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    id, definition, id.uuidString, "r", "r", status, false, start, end, duration, tenant,
                    wait.map { start.addingTimeInterval(Double($0) / 1000) }, errorType,
                ])
        }
        return id
    }

    private func insertStep(
        _ database: any Database, _ execution: UUID, _ tenant: UUID, _ number: Int, name: String, duration: Int64,
        status: String = "completed", fallback: String? = nil, errorType: String? = nil
    ) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO execution_steps (execution_id, number, tenant_id, name, kind, activity, status,
                    fallback_reason, error_type, started_at, completed_at, queue_ms, duration_ms)
                VALUES (?, ?, ?, ?, 'call', ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    execution, number, tenant, name, "ai_\(name)_activity", status, fallback, errorType, Date.at(10),
                    Date.at(11), 5, duration,
                ])
        }
    }

    @Test(arguments: Backend.allCases)
    func percentilesAreNearestRankByTemplate(_ backend: Backend) async throws {
        try await backend.with { database in
            let (tenant, other) = (UUID(), UUID())
            let (first, second) = (
                try await database.insertedDefinition("first"), try await database.insertedDefinition("second")
            )
            for number in 1...100 {
                _ = try await insert(
                    database, tenant, first, at: Double(number), duration: Int64(number) * 10,
                    wait: number > 50 ? Int64(number) : nil)
            }
            _ = try await insert(database, tenant, second, at: 5, duration: 7, status: .failed)
            _ = try await insert(database, other, second, at: 5, duration: 9_999)
            _ = try await insert(database, tenant, first, at: 3_600, duration: 1)
            let store = StatisticsStore(database)
            let figures = try await store.templateFigures(window, tenant: tenant)
            #expect(figures.map(\.template) == ["first", "second"])
            #expect(figures.map(\.executions) == [100, 1])
            #expect(figures.map(\.failed) == [0, 1])
            let duration = figures[0].duration
            #expect([duration.p50, duration.p90, duration.p95, duration.p99] == [500, 900, 950, 990])
            #expect(duration.maximum == 1_000)
            // Only where a first workflow task was seen: 51 … 100.
            #expect([figures[0].queueWait.p50, figures[0].queueWait.p99] == [75, 100])
            #expect(figures[1].queueWait.p50 == nil)
            #expect(figures[1].duration.p50 == 7)
            let all = try await store.templateFigures(window, tenant: nil)
            #expect(all.last?.executions == 2)
            #expect(try await store.templateFigures(window, tenant: tenant, template: "second").count == 1)
            #expect(
                try await store.slowest(window, tenant: nil, limit: 2).map(\.milliseconds) == [9_999, 1_000])
            #expect(try await store.slowest(window, tenant: tenant, limit: 1).first?.template == "first")
            let series = try await store.series(window, in: 60, tenant: tenant)
            #expect(series.count == 60)
            #expect(series[0].executions == 60 && series[1].executions == 41 && series[2].executions == 0)
            #expect(series[0].failed == 1)
            #expect(series[1].duration?.p50 == 800)
            #expect(try await store.series(window.previous, in: 1, tenant: tenant) == [SpanFigures()])
        }
    }

    @Test(arguments: Backend.allCases)
    func stepsAreCountedByNameAndActivity(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenant = UUID()
            let definition = try await database.insertedDefinition("t")
            let execution = try await insert(database, tenant, definition, at: 20, duration: 10)
            for number in 1...10 {
                try await insertStep(
                    database, execution, tenant, number, name: "summarize", duration: Int64(number),
                    fallback: number > 8 ? "timed_out" : nil)
            }
            try await insertStep(
                database, execution, tenant, 11, name: "classify", duration: 3, status: "failed", errorType: "timeout")
            let store = StatisticsStore(database)
            let figures = try await store.stepFigures(window, tenant: tenant)
            #expect(figures.map(\.step) == ["summarize", "classify"])
            #expect(figures[0].runs == 10 && figures[0].fallbacks == 2 && figures[0].duration.p90 == 9)
            #expect(figures[0].activity == "ai_summarize_activity" && figures[0].queueWait.p50 == 5)
            #expect(figures[1].failed == 1)
            #expect(
                try await store.failedSteps(window, tenant: tenant)
                    == [ErrorCount(subject: "ai_classify_activity", type: "timeout", count: 1)])
            #expect(try await store.fallbacks(window, tenant: tenant).map(\.count) == [2])
            #expect(try await store.stepFigures(window, tenant: UUID()).isEmpty)
        }
    }

    @Test(arguments: Backend.allCases)
    func callsToModelsAreSummedAndTheirErrorsCounted(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenant = try await TenantStore(database).create(name: "spender", tier: .premium).id
            let usage = AIUsageStore(database)
            for number in 1...10 {
                var record = UsageRecord(
                    tenantID: tenant, executionID: nil, activityName: "ai_summarize_activity", activityID: "\(number)",
                    provider: "openai", model: "m", inputTokens: 100, outputTokens: 10, costMicrodollars: 7,
                    responseTimeMilliseconds: number * 10, success: number != 10, fallbackUsed: number == 1,
                    createdAt: .at(1))
                record.operation = "summarize"
                record.errorCode = number == 10 ? "timed_out" : nil
                try await usage.record(record)
            }
            try await usage.record(
                UsageRecord(
                    tenantID: UUID(), executionID: nil, activityName: "ai_classify_activity", activityID: "x",
                    provider: "local", model: "builtin", success: true, createdAt: .at(1)))
            let store = StatisticsStore(database)
            let figures = try await store.aiFigures(window, tenant: tenant)
            let only = try #require(figures.first)
            #expect(figures.count == 1 && only.calls == 10 && only.failed == 1 && only.failovers == 1)
            #expect(only.inputTokens == 1_000 && only.outputTokens == 100 && only.microdollars == 70)
            #expect(only.operation == "summarize" && only.responseTime.p50 == 50 && only.responseTime.p95 == 100)
            #expect(try await store.aiFigures(window, tenant: nil).map(\.calls) == [10, 1])
            #expect(
                try await store.failedAICalls(window, tenant: tenant)
                    == [ErrorCount(subject: "openai/m", type: "timed_out", count: 1)])
            let costs = try await store.costByTenant(window)
            #expect(costs.first == TenantCost(tenant: tenant, name: "spender", calls: 10, microdollars: 70))
        }
    }

    /// More rows than percentiles are over, and more groups than a list has.
    @Test(arguments: [Backend.memory, .postgresql])
    func sumsOfCallsLeaveNothingOut(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenant = UUID()
            let id =
                backend == .postgresql
                ? "CAST(lpad(to_hex(n), 32, '0') AS UUID), CAST('\(tenant.text)' AS UUID)"
                : "printf('%036x', n), '\(tenant.text)'"
            try await database.write { connection in
                try connection.execute(
                    """
                    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100150)
                    INSERT INTO ai_usage_logs (id, tenant_id, activity_name, activity_id, attempt, call_number,
                        provider, model, operation, input_tokens, cost_microdollars, response_time_ms, success,
                        created_at)
                    SELECT \(id), CASE WHEN n <= 150 THEN 'activity-' || n ELSE 'usual' END, 'a', 1, 0, 'local', 'm',
                        NULL, 2, 3, 5, 1 = 1, CAST(? AS BIGINT) + n FROM numbers
                    """, [Date.at(1)])
            }
            let figures = try await StatisticsStore(database).aiFigures(window, tenant: tenant)
            #expect(figures.count == 151 && figures.first?.activity == "usual" && figures.first?.calls == 100_000)
            #expect(figures.reduce(0) { $0 + $1.calls } == 100_150)
            #expect(figures.reduce(0) { $0 + $1.inputTokens } == 200_300)
            #expect(figures.reduce(0) { $0 + $1.microdollars } == 300_450)
            #expect(figures.first?.responseTime.p50 == 5)
            // Of these no row is among the newest.
            #expect(figures.last?.responseTime.p50 == nil)
        }
    }

    @Test(arguments: [Backend.memory, .postgresql])
    func reportSaysWhenItHasNotLookedAtEveryStep(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenant = UUID()
            let definition = try await database.insertedDefinition("t")
            _ = try await insert(database, tenant, definition, at: 20, duration: 10)
            let store = StatisticsStore(database)
            for (steps, isSampled) in [(1...100_000, false), (100_001...100_001, true)] {
                try await database.write { connection in
                    try connection.execute(
                        """
                        WITH RECURSIVE numbers(n) AS (
                            SELECT CAST(? AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < ?
                        )
                        INSERT INTO execution_steps (execution_id, number, tenant_id, name, kind, status, completed_at)
                        SELECT e.id, n, e.tenant_id, 'step', 'set', 'completed', e.completed_at
                        FROM numbers, workflow_executions e
                        """, [steps.lowerBound, steps.upperBound])
                }
                #expect(try await store.isSampled(window, tenant: tenant) == isSampled)
                #expect(try await store.isSampled(window, tenant: nil, template: "t") == isSampled)
            }
            #expect(try await !store.isSampled(window, tenant: UUID()))
            #expect(try await !store.isSampled(window.previous, tenant: tenant))
        }
    }

    @Test(arguments: Backend.allCases)
    func endingsAreCountedByTemplateAndStatus(_ backend: Backend) async throws {
        try await backend.with { database in
            let tenant = UUID()
            let definition = try await database.insertedDefinition("t")
            for number in 0..<5 {
                _ = try await insert(
                    database, tenant, definition, at: Double(number + 10), duration: 1_000,
                    status: number < 3 ? .completed : .failed, errorType: number < 3 ? nil : "timeout")
            }
            _ = try await database.accepted(tenant, definition: definition, at: .at(100))
            let store = StatisticsStore(database)
            let counts = try await store.closedExecutions(window, tenant: tenant)
            #expect(counts.map(\.count) == [3, 2] && counts.map(\.status) == [.completed, .failed])
            #expect(try await store.startedExecutions(window, tenant: tenant) == 6)
            #expect(try await store.openExecutions(tenant: tenant) == [.pending: 1])
            #expect(try await store.openExecutions(tenant: nil) == [.pending: 1])
            #expect(
                try await store.failedExecutions(window, tenant: tenant)
                    == [ErrorCount(subject: "t", type: "timeout", count: 2)])
            #expect(try await store.closedExecutions(window.previous, tenant: tenant).isEmpty)
        }
    }
}
