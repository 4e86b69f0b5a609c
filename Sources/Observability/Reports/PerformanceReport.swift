package import Foundation
package import JSON
package import Storage

/// How long things take: percentiles by template, step and AI activity, how that changes, and the slowest executions.
package struct PerformanceReport: Sendable {
    private let statistics: StatisticsStore

    package init(_ statistics: StatisticsStore) { self.statistics = statistics }

    /// - Parameter template: nil: all.
    package func document(
        _ window: ReportWindow, template: String?, for audience: ReportAudience, now: Date = Date()
    ) async throws -> JSONValue {
        let span = window.ending(now)
        let tenant = audience.tenant
        // One after the other: a report takes one connection at a time.
        let templates = try await statistics.templateFigures(span, tenant: tenant, template: template)
        let steps = try await statistics.stepFigures(span, tenant: tenant, template: template)
        let calls = template == nil ? try await statistics.aiFigures(span, tenant: tenant) : nil
        let current = try await statistics.series(span, in: 1, tenant: tenant, template: template)
        let previous = try await statistics.series(span.previous, in: 1, tenant: tenant, template: template)
        let series = try await statistics.series(span, in: window.spans, tenant: tenant, template: template)
        let isSampled = try await statistics.isSampled(span, tenant: tenant, template: template)
        let slowest = try await statistics.slowest(span, tenant: tenant, template: template)

        var document = JSONObject()
        document["window"] = window.document(span)
        document["templates"] = .array(
            templates.map {
                [
                    "template": .string($0.template), "executions": .integer($0.executions),
                    "failed": .integer($0.failed), "duration_ms": $0.duration.json, "queue_wait_ms": $0.queueWait.json,
                ]
            })
        document["steps"] = .array(
            steps.map {
                [
                    "template": .string($0.template), "step": .string($0.step), "kind": .string($0.kind),
                    "activity": $0.activity.map { .string($0) } ?? .null, "runs": .integer($0.runs),
                    "failed": .integer($0.failed), "fallbacks": .integer($0.fallbacks),
                    "duration_ms": $0.duration.json, "queue_wait_ms": $0.queueWait.json,
                ]
            })
        document["ai_activities"] = calls.map { .array($0.prefix(StatisticsStore.maximumGroups).map(\.json)) }
        let (now, before) = (current.first ?? SpanFigures(), previous.first ?? SpanFigures())
        document["trend"] = [
            "current": now.json, "previous": before.json,
            "change": [
                "executions": Self.change(now.executions, before.executions),
                "failed": Self.change(now.failed, before.failed),
                "p50": Self.change(now.duration?.p50, before.duration?.p50),
                "p95": Self.change(now.duration?.p95, before.duration?.p95),
            ],
        ]
        let all = series
        document["series"] = .array(
            all.enumerated().map { index, figures in
                var object = JSONObject()
                object["from"] = .string(
                    LogTime.text(span.from.addingTimeInterval(span.seconds * Double(index) / Double(all.count))))
                for (name, value) in figures.json.object ?? JSONObject() { object[name] = value }
                return .object(object)
            })
        document["slowest"] = .array(
            slowest.map {
                [
                    "id": .string($0.id.text), "template": .string($0.template),
                    "status": .string($0.status.rawValue), "started_at": .string(LogTime.text($0.startedAt)),
                    "duration_ms": .integer($0.milliseconds),
                ]
            })
        let aiCalls = calls?.reduce(0) { $0 + $1.calls } ?? 0
        document["sampled"] = .bool(isSampled || aiCalls > StatisticsStore.maximumSample)
        return .object(document)
    }

    /// Relative: 0.5 is half as many again; null where there was nothing before.
    private static func change(_ now: Int64?, _ before: Int64?) -> JSONValue {
        guard let now, let before else { return .null }
        return .ratio(now - before, of: before)
    }
}

extension SpanFigures {
    var json: JSONValue {
        let none: JSONValue = .null
        return [
            "executions": .integer(executions), "failed": .integer(failed),
            "p50": duration?.p50.map { .integer($0) } ?? none, "p95": duration?.p95.map { .integer($0) } ?? none,
        ]
    }
}
