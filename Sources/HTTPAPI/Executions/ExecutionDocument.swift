import Executions
import Foundation
import JSON
import Storage

/// An execution as clients read it.
struct ExecutionDocument: Sendable {
    /// Shown beside each execution where the web interface of Temporal is known.
    let temporalUI: String?

    func json(_ execution: ExecutionDetails) -> JSONValue {
        let row = execution.row
        var object = members(row.summary)
        object["input"] = row.input ?? .null
        object["output"] = row.output ?? .null
        object["fallback_used"] = .bool(execution.fallbackUsed)
        object["ai_activities_used"] = execution.aiActivitiesUsed
        object["fallbacks"] = .array(execution.fallbacks)
        object["steps"] = .array(execution.steps)
        object["metadata"] = row.metadata
        object["request_id"] = row.requestID.map { .string($0) } ?? .null
        object["trace_parent"] = row.traceParent.map { .string($0) } ?? .null
        return .object(object)
    }

    func json(_ summary: ExecutionSummary) -> JSONValue { .object(members(summary)) }

    private func members(_ row: ExecutionSummary) -> JSONObject {
        var object = JSONObject()
        object["id"] = .string(row.id.text)
        object["status"] = .string(row.status.rawValue)
        object["template"] = .string(row.template)
        object["version"] = .string(row.templateVersion)
        object["temporal_workflow_id"] = .string(row.temporalWorkflowID)
        object["temporal_run_id"] = row.temporalRunID.map { .string($0) } ?? .null
        object["temporal_url"] = temporalURL(row).map { .string($0) }
        object["ai_enhanced"] = .bool(row.aiEnhanced)
        object["fallback_used"] = .bool(row.fallbackUsed)
        object["ai_cost_cents"] = .integer(row.costCents)
        object["ai_cost_microdollars"] = .integer(row.costMicrodollars)
        object["error_message"] = row.errorMessage.map { .string($0) } ?? .null
        object["priority"] = row.priority.map { .integer(Int64($0)) } ?? .null
        object["tags"] = .array(row.tags.map { .string($0) })
        object["schedule_id"] = row.scheduleID.map { .string($0.text) } ?? .null
        object["started_at"] = .string(time(row.startedAt))
        object["start_at"] = row.startAt.map { .string(time($0)) } ?? .null
        object["paused_at"] = row.pausedAt.map { .string(time($0)) } ?? .null
        object["completed_at"] = row.completedAt.map { .string(time($0)) } ?? .null
        object["duration_ms"] = row.durationMilliseconds.map { .integer($0) } ?? .null
        return object
    }

    private func temporalURL(_ row: ExecutionSummary) -> String? {
        guard let temporalUI, let run = row.latestRunID else { return nil }
        return "\(temporalUI)/workflows/\(row.temporalWorkflowID)/\(run)/history"
    }

    private func time(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
