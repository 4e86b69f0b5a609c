package import Foundation

/// How long executions of a template took.
package struct TemplateFigures: Sendable, Hashable {
    package var template: String
    package var executions: Int64
    package var failed: Int64
    package var duration: Percentiles
    /// From acceptance (or the delayed start) to the first workflow task.
    package var queueWait: Percentiles
}

/// How long the runs of a step took.
package struct StepFigures: Sendable, Hashable {
    package var template: String
    package var step: String
    package var kind: String
    package var activity: String?
    package var runs: Int64
    package var failed: Int64
    package var fallbacks: Int64
    package var duration: Percentiles
    /// Of the activity: until a worker took it.
    package var queueWait: Percentiles
}

/// What a span of time came to.
package struct SpanFigures: Sendable, Hashable {
    package var executions: Int64 = 0
    package var failed: Int64 = 0
    package var duration: Percentiles?

    package init(executions: Int64 = 0, failed: Int64 = 0, duration: Percentiles? = nil) {
        self.executions = executions
        self.failed = failed
        self.duration = duration
    }
}

package struct SlowExecution: Sendable, Hashable {
    package var id: UUID
    package var template: String
    package var status: ExecutionStatus
    package var startedAt: Date
    package var milliseconds: Int64
}

extension StatisticsStore {
    /// - Parameter template: nil: all.
    package func templateFigures(
        _ window: StatisticsWindow, tenant: UUID?, template: String? = nil
    ) async throws -> [TemplateFigures] {
        let conditions = executions(window, tenant, template)
        return try await rows(
            """
            SELECT template, COUNT(*) AS executions, CAST(SUM(failed) AS BIGINT) AS failed,
                \(Percentiles.columns("duration", of: "duration_ms", position: "place", total: "total")),
                \(Percentiles.columns("wait", of: "wait_ms", position: "wait_place", total: "wait_total"))
            FROM (
                SELECT template, duration_ms, wait_ms, failed,
                    ROW_NUMBER() OVER (PARTITION BY template ORDER BY duration_ms) AS place,
                    COUNT(*) OVER (PARTITION BY template) AS total,
                    ROW_NUMBER() OVER (PARTITION BY template ORDER BY wait_ms NULLS LAST) AS wait_place,
                    COUNT(wait_ms) OVER (PARTITION BY template) AS wait_total
                FROM (
                    SELECT d.name AS template, e.duration_ms AS duration_ms,
                        CASE WHEN e.first_task_at >= COALESCE(e.start_at, e.started_at)
                            THEN (e.first_task_at - COALESCE(e.start_at, e.started_at)) / 1000 END AS wait_ms,
                        CASE WHEN e.status IN ('failed', 'timed_out') THEN 1 ELSE 0 END AS failed
                    FROM workflow_executions e JOIN workflow_definitions d ON d.id = e.workflow_definition_id
                    WHERE \(conditions.sql) ORDER BY e.completed_at DESC LIMIT \(Self.maximumSample)
                ) newest
            ) ranked
            GROUP BY template ORDER BY executions DESC, template LIMIT \(Self.maximumGroups)
            """, conditions
        ) { row in
            try TemplateFigures(
                template: row.get("template"), executions: row.get("executions"), failed: row.get("failed"),
                duration: Percentiles(row, "duration"), queueWait: Percentiles(row, "wait"))
        }
    }

    package func stepFigures(
        _ window: StatisticsWindow, tenant: UUID?, template: String? = nil
    ) async throws -> [StepFigures] {
        let conditions = steps(window, tenant, template)
        let group = "template, step, kind, activity"
        return try await rows(
            """
            SELECT \(group), COUNT(*) AS runs, CAST(SUM(failed) AS BIGINT) AS failed,
                CAST(SUM(fallback) AS BIGINT) AS fallbacks,
                \(Percentiles.columns("duration", of: "duration_ms", position: "place", total: "total")),
                \(Percentiles.columns("wait", of: "queue_ms", position: "wait_place", total: "wait_total"))
            FROM (
                SELECT \(group), duration_ms, queue_ms, failed, fallback,
                    ROW_NUMBER() OVER (PARTITION BY \(group) ORDER BY duration_ms NULLS LAST) AS place,
                    COUNT(duration_ms) OVER (PARTITION BY \(group)) AS total,
                    ROW_NUMBER() OVER (PARTITION BY \(group) ORDER BY queue_ms NULLS LAST) AS wait_place,
                    COUNT(queue_ms) OVER (PARTITION BY \(group)) AS wait_total
                FROM (
                    SELECT d.name AS template, s.name AS step, s.kind AS kind, s.activity AS activity,
                        s.duration_ms AS duration_ms, s.queue_ms AS queue_ms,
                        CASE WHEN s.status = 'failed' THEN 1 ELSE 0 END AS failed,
                        CASE WHEN s.fallback_reason IS NULL THEN 0 ELSE 1 END AS fallback
                    FROM execution_steps s JOIN workflow_executions e ON e.id = s.execution_id
                        JOIN workflow_definitions d ON d.id = e.workflow_definition_id
                    WHERE \(conditions.sql) ORDER BY s.completed_at DESC LIMIT \(Self.maximumSample)
                ) newest
            ) ranked
            GROUP BY \(group) ORDER BY runs DESC, template, step, kind LIMIT \(Self.maximumGroups)
            """, conditions
        ) { row in
            try StepFigures(
                template: row.get("template"), step: row.get("step"), kind: row.get("kind"),
                activity: row.optional("activity"), runs: row.get("runs"), failed: row.get("failed"),
                fallbacks: row.get("fallbacks"), duration: Percentiles(row, "duration"),
                queueWait: Percentiles(row, "wait"))
        }
    }

    /// The window in `count` equal spans, in order; those in which nothing closed are empty.
    package func series(
        _ window: StatisticsWindow, in count: Int, tenant: UUID?, template: String? = nil
    ) async throws -> [SpanFigures] {
        let count = max(1, count)
        let conditions = executions(window, tenant, template)
        let width = max(1, Int64(window.seconds * 1_000_000) / Int64(count))
        var all = conditions
        all.prepend([window.from, width])
        let found = try await rows(
            """
            SELECT span, COUNT(*) AS executions, CAST(SUM(failed) AS BIGINT) AS failed,
                \(Percentiles.columns("duration", of: "duration_ms", position: "place", total: "total"))
            FROM (
                SELECT span, duration_ms, failed,
                    ROW_NUMBER() OVER (PARTITION BY span ORDER BY duration_ms) AS place,
                    COUNT(*) OVER (PARTITION BY span) AS total
                FROM (
                    SELECT (e.completed_at - ?) / ? AS span, e.duration_ms AS duration_ms,
                        CASE WHEN e.status IN ('failed', 'timed_out') THEN 1 ELSE 0 END AS failed
                    FROM workflow_executions e JOIN workflow_definitions d ON d.id = e.workflow_definition_id
                    WHERE \(conditions.sql) ORDER BY e.completed_at DESC LIMIT \(Self.maximumSample)
                ) newest
            ) ranked GROUP BY span
            """, all
        ) { row in
            (
                try row.get("span", as: Int.self),
                SpanFigures(
                    executions: try row.get("executions"), failed: try row.get("failed"),
                    duration: try Percentiles(row, "duration"))
            )
        }
        var series = Array(repeating: SpanFigures(), count: count)
        // The last span takes what rounding leaves over.
        for (span, figures) in found { series[min(max(0, span), count - 1)] = figures }
        return series
    }

    package func slowest(
        _ window: StatisticsWindow, tenant: UUID?, template: String? = nil, limit: Int = 10
    ) async throws -> [SlowExecution] {
        let conditions = executions(window, tenant, template)
        return try await rows(
            """
            SELECT e.id AS id, d.name AS template, e.status AS status, e.started_at AS started_at,
                e.duration_ms AS duration_ms
            FROM workflow_executions e JOIN workflow_definitions d ON d.id = e.workflow_definition_id
            WHERE \(conditions.sql) ORDER BY e.duration_ms DESC, e.id LIMIT \(limit)
            """, conditions
        ) { row in
            try SlowExecution(
                id: row.get("id"), template: row.get("template"), status: row.get("status"),
                startedAt: row.get("started_at"), milliseconds: row.get("duration_ms"))
        }
    }

    /// Whether the window holds more executions, or steps, than the figures are over.
    package func isSampled(_ window: StatisticsWindow, tenant: UUID?, template: String? = nil) async throws -> Bool {
        let executions = executions(window, tenant, template)
        let steps = steps(window, tenant, template)
        let join = "JOIN workflow_definitions d ON d.id = e.workflow_definition_id WHERE"
        for (table, conditions) in [
            ("workflow_executions e", executions),
            ("execution_steps s JOIN workflow_executions e ON e.id = s.execution_id", steps),
        ] {
            let beyond = try await rows(
                "SELECT 1 AS one FROM \(table) \(join) \(conditions.sql) LIMIT 1 OFFSET \(Self.maximumSample)",
                conditions
            ) { try $0.get("one", as: Int.self) }
            if !beyond.isEmpty { return true }
        }
        return false
    }

    private func steps(_ window: StatisticsWindow, _ tenant: UUID?, _ template: String?) -> Conditions {
        var conditions = Conditions(window, "s.completed_at", tenant: tenant, of: "s.tenant_id")
        if let template { conditions.add("d.name = ?", template) }
        return conditions
    }

    private func executions(_ window: StatisticsWindow, _ tenant: UUID?, _ template: String?) -> Conditions {
        var conditions = Conditions(window, "e.completed_at", tenant: tenant, of: "e.tenant_id")
        if let template { conditions.add("d.name = ?", template) }
        return conditions
    }
}

extension Conditions {
    /// Values of placeholders that stand before the clause.
    fileprivate mutating func prepend(_ earlier: [any DatabaseConvertible & Sendable]) {
        values = earlier.map { $0 } + values
    }
}
