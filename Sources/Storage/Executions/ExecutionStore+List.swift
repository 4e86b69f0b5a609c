package import Foundation

/// What a list of executions is narrowed to.
package struct ExecutionFilter: Sendable, Hashable {
    package var status: ExecutionStatus?
    /// The template's name.
    package var template: String?

    package init(status: ExecutionStatus? = nil, template: String? = nil) {
        self.status = status
        self.template = template
    }
}

package struct ExecutionPage: Sendable {
    package let executions: [ExecutionSummary]
    /// For the page after this one; nil at the end. Opaque to callers.
    package let next: String?
}

extension ExecutionStore {
    /// The newest first; between equal times by id, so that pages neither repeat nor skip a row.
    ///
    /// `limit` is brought into 1…500. Throws `invalidCursor` for a text that is no cursor of ours.
    package func list(
        tenant: UUID, filter: ExecutionFilter = .init(), limit: Int = 50, cursor: String? = nil
    ) async throws -> ExecutionPage {
        let limit = min(max(limit, 1), 500)
        var conditions = ["e.tenant_id = ?"]
        var values: [any DatabaseConvertible & Sendable] = [tenant]
        if let status = filter.status {
            conditions.append("e.status = ?")
            values.append(status)
        }
        if let template = filter.template {
            conditions.append("d.name = ?")
            values.append(template)
        }
        if let cursor {
            let position = try ExecutionCursor(cursor)
            conditions.append("(e.started_at < ? OR (e.started_at = ? AND e.id > ?))")
            values += [position.startedAt, position.startedAt, position.id] as [any DatabaseConvertible & Sendable]
        }
        values.append(limit + 1)
        let sql = """
            SELECT \(ExecutionSummary.columns) FROM \(ExecutionSummary.tables)
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY e.started_at DESC, e.id LIMIT ?
            """
        let bound = values
        let found = try await database.read { try $0.query(sql, bound).map { try ExecutionSummary($0) } }
        let page = Array(found.prefix(limit))
        let next =
            found.count > limit ? page.last.map { ExecutionCursor(startedAt: $0.startedAt, id: $0.id).text } : nil
        return ExecutionPage(executions: page, next: next)
    }

    /// Pending rows accepted before `date`, the oldest first: starts that were promised and may not have happened.
    package func pendingOlderThan(_ date: Date, limit: Int = 100) async throws -> [Execution] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT \(Execution.columns) FROM \(ExecutionSummary.tables)
                WHERE e.status = 'pending' AND e.started_at < ? ORDER BY e.started_at, e.id LIMIT ?
                """,
                [date, limit]
            ).map { try Execution($0) }
        }
    }

    /// Rows of all tenants that are not closed and were accepted before `date`, the oldest first; `after` is the last
    /// row of the page before.
    package func openForReconcile(
        before date: Date, after last: ExecutionSummary? = nil, limit: Int = 100
    ) async throws -> [ExecutionSummary] {
        let startedAt = last?.startedAt ?? Date(timeIntervalSince1970: 0)
        let id = last?.id ?? .zero
        return try await database.read { connection in
            try connection.query(
                """
                SELECT \(ExecutionSummary.columns) FROM \(ExecutionSummary.tables)
                WHERE e.status IN ('pending', 'running') AND e.started_at < ?
                    AND (e.started_at > ? OR (e.started_at = ? AND e.id > ?))
                ORDER BY e.started_at, e.id LIMIT ?
                """,
                [date, startedAt, startedAt, id, limit]
            ).map { try ExecutionSummary($0) }
        }
    }
}

/// A position in a list: the sort key of the last row shown.
private struct ExecutionCursor {
    var startedAt: Date
    var id: UUID

    init(startedAt: Date, id: UUID) {
        self.startedAt = startedAt
        self.id = id
    }

    init(_ text: String) throws(StorageError) {
        guard text.utf8.count < 200, let data = Data(base64URL: text) else { throw Self.invalid }
        let parts = String(decoding: data, as: UTF8.self).split(separator: " ")
        guard parts.count == 2, let microseconds = Int64(parts[0]), let startedAt = Date(.integer(microseconds)),
            let id = UUID(uuidString: String(parts[1]))
        else { throw Self.invalid }
        self.init(startedAt: startedAt, id: id)
    }

    var text: String {
        let microseconds = Int64((startedAt.timeIntervalSince1970 * 1_000_000).rounded())
        return Data("\(microseconds) \(id.uuidString)".utf8).base64URL
    }

    private static let invalid = StorageError(
        .invalidCursor, "The cursor is not one that this list gave out. Ask again without it."
    )
}
