package import Foundation
package import JSON
package import Storage

/// The metrics as JSON, in the five groups: executions, AI, cost, errors, utilisation. The first four come from the database,
/// so they tell of all processes and outlive restarts; the last is this process's own.
package struct MetricsReport: Sendable {
    private let statistics: StatisticsStore
    private let registry: MetricsRegistry

    package init(_ statistics: StatisticsStore, registry: MetricsRegistry) {
        self.statistics = statistics
        self.registry = registry
    }

    package func document(
        _ window: ReportWindow, for audience: ReportAudience, now: Date = Date()
    ) async throws -> JSONValue {
        let span = window.ending(now)
        let tenant = audience.tenant
        // One after the other: a report takes one connection at a time.
        let closed = try await statistics.closedExecutions(span, tenant: tenant)
        let started = try await statistics.startedExecutions(span, tenant: tenant)
        let open = try await statistics.openExecutions(tenant: tenant)
        let calls = try await statistics.aiFigures(span, tenant: tenant)
        let fallbacks = try await statistics.fallbacks(span, tenant: tenant)
        let tenants = audience == .all ? try await statistics.costByTenant(span) : []
        let failedExecutions = try await statistics.failedExecutions(span, tenant: tenant)
        let failedSteps = try await statistics.failedSteps(span, tenant: tenant)
        let failedCalls = try await statistics.failedAICalls(span, tenant: tenant)

        var document = JSONObject()
        document["window"] = window.document(span)
        document["executions"] = Self.executions(
            closed, started: started, open: open, seconds: span.seconds)
        document["ai"] = Self.ai(calls, fallbacks: fallbacks)
        document["cost"] = Self.cost(calls, tenants: tenants, isForAll: audience == .all)
        document["errors"] = [
            "executions": Self.errors(failedExecutions, "template"),
            "steps": Self.errors(failedSteps, "activity"),
            "ai": Self.errors(failedCalls, "model"),
        ]
        document["utilisation"] = Self.utilisation(
            open: open, process: audience == .all ? registry.snapshot : nil)
        return .object(document)
    }

    private static func executions(
        _ counts: [ExecutionCount], started: Int64, open: [ExecutionStatus: Int64], seconds: TimeInterval
    ) -> JSONValue {
        var templates: [String: [ExecutionStatus: Int64]] = [:]
        var total: [ExecutionStatus: Int64] = [:]
        var order: [String] = []
        for count in counts {
            if templates[count.template] == nil { order.append(count.template) }
            templates[count.template, default: [:]][count.status, default: 0] += count.count
            total[count.status, default: 0] += count.count
        }
        let closed = total.values.reduce(0, +)
        return [
            "started": .integer(started), "closed": .integer(closed),
            "open": .integer(open.values.reduce(0, +)),
            "started_per_minute": .number((Double(started) / seconds * 60 * 1_000).rounded() / 1_000),
            "closed_per_minute": .number((Double(closed) / seconds * 60 * 1_000).rounded() / 1_000),
            "success_rate": successRate(total), "by_status": byStatus(total),
            "by_template": .array(
                order.prefix(StatisticsStore.maximumGroups).map { name in
                    let counts = templates[name] ?? [:]
                    return [
                        "template": .string(name), "closed": .integer(counts.values.reduce(0, +)),
                        "success_rate": successRate(counts), "by_status": byStatus(counts),
                    ]
                }),
        ]
    }

    /// Of those that ran to an end of their own: what was cancelled or terminated neither succeeded nor failed.
    private static func successRate(_ counts: [ExecutionStatus: Int64]) -> JSONValue {
        let completed = counts[.completed] ?? 0
        return .ratio(completed, of: completed + (counts[.failed] ?? 0) + (counts[.timedOut] ?? 0))
    }

    private static func byStatus(_ counts: [ExecutionStatus: Int64]) -> JSONValue {
        var object = JSONObject()
        for (status, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            object[status.rawValue] = .integer(count)
        }
        return .object(object)
    }

    private static func ai(_ figures: [AIFigures], fallbacks: [ErrorCount]) -> JSONValue {
        let calls = figures.reduce(0) { $0 + $1.calls }
        let failed = figures.reduce(0) { $0 + $1.failed }
        return [
            "calls": .integer(calls), "failed": .integer(failed), "success_rate": .ratio(calls - failed, of: calls),
            "input_tokens": .integer(figures.reduce(0) { $0 + $1.inputTokens }),
            "output_tokens": .integer(figures.reduce(0) { $0 + $1.outputTokens }),
            "failovers": .integer(figures.reduce(0) { $0 + $1.failovers }),
            "by_model": .array(figures.prefix(StatisticsStore.maximumGroups).map(\.json)),
            "fallbacks": .array(fallbacks.map { ["reason": .string($0.subject), "count": .integer($0.count)] }),
        ]
    }

    private static func cost(_ figures: [AIFigures], tenants: [TenantCost], isForAll: Bool) -> JSONValue {
        var activities: [String: Int64] = [:]
        var models: [String: Int64] = [:]
        for figure in figures {
            activities[figure.activity, default: 0] += figure.microdollars
            models["\(figure.provider)/\(figure.model)", default: 0] += figure.microdollars
        }
        func list(_ costs: [String: Int64], _ name: String) -> JSONValue {
            let sorted = costs.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            return .array(
                sorted.prefix(StatisticsStore.maximumGroups).map { cost in
                    var object = JSONObject()
                    object[name] = .string(cost.key)
                    object["microdollars"] = .integer(cost.value)
                    return .object(object)
                })
        }
        var document = JSONObject()
        document["microdollars"] = .integer(activities.values.reduce(0, +))
        document["by_activity"] = list(activities, "activity")
        document["by_model"] = list(models, "model")
        if isForAll {
            document["by_tenant"] = .array(
                tenants.map {
                    [
                        "tenant_id": .string($0.tenant.text), "name": .string($0.name),
                        "calls": .integer($0.calls), "microdollars": .integer($0.microdollars),
                    ]
                })
        }
        return .object(document)
    }

    private static func errors(_ counts: [ErrorCount], _ subject: String) -> JSONValue {
        .array(
            counts.map { count in
                var object = JSONObject()
                object[subject] = .string(count.subject)
                object["type"] = count.type.map { .string($0) } ?? .null
                object["count"] = .integer(count.count)
                return .object(object)
            })
    }

    /// A tenant sees what it has under way; the operator also what the process takes and has at hand.
    private static func utilisation(open: [ExecutionStatus: Int64], process families: [MetricFamily]?) -> JSONValue {
        var document = JSONObject()
        document["executions_open"] = byStatus(open)
        guard let families else { return .object(document) }
        var gauges = JSONObject()
        for family in families + ProcessStatistics.current().families where isUtilisation(family) {
            gauges[family.name] = .array(
                family.samples.compactMap { sample in
                    guard case .number(let value) = sample.value, value.isFinite else { return nil }
                    var object = JSONObject()
                    for label in sample.labels { object[label.name] = .string(label.value) }
                    object["value"] = .number(value)
                    return .object(object)
                })
        }
        document["process"] = .object(gauges)
        return .object(document)
    }

    private static func isUtilisation(_ family: MetricFamily) -> Bool {
        family.kind != .histogram && utilisationPrefixes.contains { family.name.hasPrefix($0) }
    }

    private static let utilisationPrefixes = [
        "process_", "workflow_task_queue_", "workflow_executor_", "workflow_event_loop_", "workflow_log_lines_dropped",
        "temporal_worker_task_slots", "temporal_sticky_cache", "temporal_num_pollers", "http_server_active_requests",
        "database_", "cache_",
    ]
}

extension AIFigures {
    var json: JSONValue {
        [
            "activity": .string(activity), "provider": .string(provider), "model": .string(model),
            "operation": operation.map { .string($0) } ?? .null, "calls": .integer(calls), "failed": .integer(failed),
            "success_rate": .ratio(calls - failed, of: calls), "failovers": .integer(failovers),
            "input_tokens": .integer(inputTokens), "output_tokens": .integer(outputTokens),
            "microdollars": .integer(microdollars), "response_time_ms": responseTime.json,
        ]
    }
}
