package import Foundation

/// What the reconciler asks: rows of all tenants, never for a caller.
extension ExecutionStore {
    /// Rows that are not closed and were accepted before `date`, the oldest first; `after` is the last row of the page
    /// before.
    package func open(
        from start: Date = Date(timeIntervalSince1970: 0), before date: Date, after last: ExecutionSummary? = nil,
        limit: Int = 100
    ) async throws -> [ExecutionSummary] {
        let startedAt = last?.startedAt ?? start
        let id = last?.id ?? .zero
        return try await database.read { connection in
            try connection.query(
                """
                SELECT \(ExecutionSummary.columns) FROM \(ExecutionSummary.tables)
                WHERE e.status IN ('pending', 'running') AND e.started_at < ? AND e.started_at >= ?
                    AND (e.started_at > ? OR e.id > ?)
                ORDER BY e.started_at, e.id LIMIT ?
                """,
                [date, startedAt, startedAt, id, limit]
            ).map { try ExecutionSummary($0) }
        }
    }

    /// Pending rows accepted before `date`, the oldest first: starts that were promised and may not have happened, and
    /// those whose time has not come.
    package func pending(before date: Date, after last: ExecutionSummary? = nil, limit: Int = 100) async throws
        -> [ExecutionSummary]
    {
        let startedAt = last?.startedAt ?? Date(timeIntervalSince1970: 0)
        let id = last?.id ?? .zero
        return try await database.read { connection in
            try connection.query(
                """
                SELECT \(ExecutionSummary.columns) FROM \(ExecutionSummary.tables)
                WHERE e.status = 'pending' AND e.started_at < ? AND e.started_at >= ?
                    AND (e.started_at > ? OR e.id > ?)
                ORDER BY e.started_at, e.id LIMIT ?
                """,
                [date, startedAt, startedAt, id, limit]
            ).map { try ExecutionSummary($0) }
        }
    }

    /// The newest row of each of these workflow ids, at most 500 of them.
    package func summaries(workflowIDs: [String]) async throws -> [String: ExecutionSummary] {
        guard !workflowIDs.isEmpty else { return [:] }
        let places = workflowIDs.places
        return try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT \(ExecutionSummary.columns) FROM \(ExecutionSummary.tables)
                WHERE e.temporal_workflow_id IN (\(places)) ORDER BY e.started_at
                """,
                workflowIDs)
            return try rows.reduce(into: [:]) { found, row in
                let summary = try ExecutionSummary(row)
                found[summary.temporalWorkflowID] = summary
            }
        }
    }
}
