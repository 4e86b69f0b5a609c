package import Foundation
package import JSON
import Logging
package import Storage
import Temporal
import Worker

extension ExecutionService {
    package func list(
        _ filter: ExecutionFilter, of tenant: UUID, after cursor: String?, limit: Int
    ) async throws -> ExecutionPage {
        try await store.list(tenant: tenant, filter: filter, limit: limit, cursor: cursor)
    }

    /// The execution with its steps; those of an open one are folded from its history when that has grown.
    package func get(_ id: UUID, of tenant: UUID) async throws -> ExecutionDetails {
        let row = try await row(id, of: tenant)
        guard row.status.isOpen, row.status != .unknown, let run = row.summary.latestRunID else {
            return try await details(of: row)
        }
        do {
            let progress = try await withPatience { try await self.progress(of: row, run: run) }
            let shown = try await agreeing(row, progress)
            return try await withAIUse(ExecutionDetails(row: shown, progress: progress.document))
        } catch {
            // The row alone is still true; the steps are told as missing.
            logger.warning("Steps cannot be read", metadata: ["id": "\(id)", "error": "\(error)"])
            return ExecutionDetails(row: row)
        }
    }

    /// As the row tells it.
    func details(of row: Execution) async throws -> ExecutionDetails {
        try await withAIUse(ExecutionDetails(row: row))
    }

    /// The row alone, without a question to Temporal.
    package func row(_ id: UUID, of tenant: UUID) async throws -> Execution {
        await records.written(id)
        guard let row = try await store.get(id, tenant: tenant) else { throw ExecutionError.unknownExecution(id.text) }
        return row
    }

    /// A pause that was signalled from outside, or whose record was lost, shows in the history.
    private func agreeing(_ row: Execution, _ progress: RunProgress) async throws -> Execution {
        guard (row.summary.pausedAt == nil) != (progress.pausedAt == nil), progress.isCurrent else { return row }
        try await store.markPaused(row.id, since: progress.pausedAt)
        return row.paused(since: progress.pausedAt)
    }

    private func progress(of row: Execution, run: String) async throws -> RunProgress {
        let workflowID = row.summary.temporalWorkflowID
        let description = try await temporal.describe(workflowID: workflowID, runID: run)
        let length = description.execution.historyLength
        let pending = description.pendingActivities
        if let known = progressCache.progress(of: row.id, run: run, historyLength: length) {
            return known.with(pending, run: run)
        }
        let journal = try await RunRecord(of: workflowID, runID: run, reading: temporal).journal
        let progress = RunProgress(journal)
        progressCache.keep(progress, of: row.id, run: run, historyLength: length)
        return progress.with(pending, run: run)
    }

    /// Each step that called a model tells provider, model, tokens and cost.
    private func withAIUse(_ details: ExecutionDetails) async throws -> ExecutionDetails {
        guard details.row.summary.aiEnhanced, details.steps.contains(where: { $0["activity_id"] != nil }) else {
            return details
        }
        let calls = try await usage.list(execution: details.row.id, tenant: details.row.tenantID)
        guard !calls.isEmpty else { return details }
        let byActivity = Dictionary(grouping: calls, by: \.activityID)
        var details = details
        details.steps = details.steps.map { step in
            guard var object = step.object, let id = object["activity_id"]?.string, let calls = byActivity[id] else {
                return step
            }
            object["ai"] = .array(calls.map(\.json))
            return .object(object)
        }
        return details
    }
}

/// An execution as its tenant sees it.
package struct ExecutionDetails: Sendable {
    package let row: Execution
    /// Step documents in order; none where they cannot be read now.
    package internal(set) var steps: [JSONValue]
    package let aiActivitiesUsed: JSONValue
    package let fallbackUsed: Bool

    package init(row: Execution) {
        self.row = row
        steps = row.steps.array ?? []
        aiActivitiesUsed = row.aiActivitiesUsed
        fallbackUsed = row.summary.fallbackUsed
    }

    /// - Parameter progress: as `RunJournal.progress` gives it.
    init(row: Execution, progress: JSONValue) {
        self.row = row
        steps = progress["steps"]?.array ?? []
        aiActivitiesUsed = progress["ai_activities_used"] ?? []
        fallbackUsed = progress["fallback_used"]?.bool ?? false
    }

    /// `{enhancement, step, reason, detail}` for each enhancement point that did not give the enhanced result.
    package var fallbacks: [JSONValue] {
        steps.compactMap { step in
            guard let use = step["enhancement"], use["used"]?.bool == false else { return nil }
            return [
                "enhancement": use["id"] ?? .null, "step": step["name"] ?? .null, "reason": use["reason"] ?? .null,
                "detail": use["detail"] ?? .null,
            ]
        }
    }
}

extension UsageRecord {
    /// What one call to a model used.
    fileprivate var json: JSONValue {
        var object = JSONObject()
        object["provider"] = .string(provider)
        object["model"] = .string(model)
        object["attempt"] = .integer(Int64(attempt))
        object["success"] = .bool(success)
        object["error_code"] = errorCode.map { .string($0) }
        object["input_tokens"] = inputTokens.map { .integer(Int64($0)) } ?? .null
        object["output_tokens"] = outputTokens.map { .integer(Int64($0)) } ?? .null
        object["cost_microdollars"] = .integer(costMicrodollars)
        object["response_time_ms"] = responseTimeMilliseconds.map { .integer(Int64($0)) } ?? .null
        object["confidence_score"] = confidence.map { .double($0) } ?? .null
        object["fallback_used"] = .bool(fallbackUsed)
        return .object(object)
    }
}
