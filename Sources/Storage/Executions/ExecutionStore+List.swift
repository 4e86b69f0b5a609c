package import Foundation

/// What a list of executions is narrowed to.
package struct ExecutionFilter: Sendable, Hashable {
    package var status: ExecutionStatus?
    /// The template's name.
    package var template: String?
    package var tag: String?
    package var aiEnhanced: Bool?
    package var fallbackUsed: Bool?
    /// The schedule's name.
    package var schedule: String?
    /// Accepted then or later.
    package var startedAfter: Date?
    /// Accepted earlier.
    package var startedBefore: Date?

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
    /// The newest first; between equal times by id, so that pages neither repeat nor skip a row, whatever is inserted
    /// meanwhile.
    ///
    /// `limit` is brought into 1…500. Throws `invalidCursor` for a text that is no cursor of ours.
    package func list(
        tenant: UUID, filter: ExecutionFilter = .init(), limit: Int = 50, cursor: String? = nil
    ) async throws -> ExecutionPage {
        let limit = min(max(limit, 1), 500)
        let position = try cursor.map { text throws(StorageError) in try ListCursor(text) }
        let found = try await database.read { connection in
            let query = try ExecutionQuery(tenant: tenant, filter, after: position, limit: limit + 1, connection)
            return try connection.query(query.sql, query.values).map { try ExecutionSummary($0) }
        }
        let page = Array(found.prefix(limit))
        let next = found.count > limit ? page.last.map { ListCursor(time: $0.startedAt, id: $0.id).text } : nil
        return ExecutionPage(executions: page, next: next)
    }
}

/// The statement of a list. The rows are found by an index that has them in the list's order, so that a page costs the same
/// among 100 and among 100,000; only then their columns are read.
private struct ExecutionQuery {
    private(set) var sql = ""
    private(set) var values: [(any DatabaseConvertible)?] = []
    private var conditions: [String] = []

    init(
        tenant: UUID, _ filter: ExecutionFilter, after position: ListCursor?, limit: Int, _ connection: any Connection
    ) throws {
        var keys = "SELECT e.id, e.started_at FROM workflow_executions e"
        var (time, id) = ("e.started_at", "e.id")
        if let tag = filter.tag {
            keys = """
                SELECT t.execution_id AS id, t.started_at FROM execution_tags t
                JOIN workflow_executions e ON e.id = t.execution_id
                """
            (time, id) = ("t.started_at", "t.execution_id")
            require("t.tenant_id = ? AND t.tag = ?", tenant, tag)
        }
        require("e.tenant_id = ?", tenant)
        switch filter.status {
        case .paused?: require("e.status = 'running' AND e.paused_at IS NOT NULL AND e.missing_at IS NULL")
        case .unknown?: require("e.status IN ('pending', 'running') AND e.missing_at IS NOT NULL")
        case .running?: require("e.status = 'running' AND e.paused_at IS NULL AND e.missing_at IS NULL")
        case let status?: require("e.status = ?", status)
        case nil: break
        }
        if let name = filter.schedule {
            require("e.schedule_id = (SELECT id FROM schedules WHERE tenant_id = ? AND name = ?)", tenant, name)
        }
        switch filter.aiEnhanced {
        case true?: require("e.ai_enhanced")
        case false?: require("NOT e.ai_enhanced")
        case nil: break
        }
        switch filter.fallbackUsed {
        case true?: require("e.fallback_used")
        case false?: require("NOT e.fallback_used")
        case nil: break
        }
        if let date = filter.startedAfter { require("\(time) >= ?", date) }
        if let date = filter.startedBefore { require("\(time) < ?", date) }
        if let position {
            // The first condition is a range of the index.
            require("\(time) <= ?", position.time)
            require("(\(time) < ? OR \(id) > ?)", position.time, position.id)
        }
        let order = "ORDER BY \(time) DESC, \(id) LIMIT \(limit)"
        let shared = (conditions, values)
        var parts: [String] = []
        (parts, values) = ([], [])
        for choice in try Self.definitions(filter.template, tenant, connection) {
            conditions = shared.0 + choice.conditions
            values += shared.1 + choice.values
            parts.append("\(keys) WHERE \(conditions.joined(separator: " AND ")) \(order)")
        }
        guard !parts.isEmpty else {
            sql = "SELECT \(ExecutionSummary.columns) FROM \(ExecutionSummary.tables) WHERE 1 = 0"
            return
        }
        let union = parts.map { "SELECT * FROM (\($0)) p" }.joined(separator: " UNION ALL ")
        sql = """
            SELECT \(ExecutionSummary.columns) FROM (\(union)) k JOIN workflow_executions e ON e.id = k.id
            JOIN workflow_definitions d ON d.id = e.workflow_definition_id
            ORDER BY e.started_at DESC, e.id LIMIT \(limit)
            """
    }

    /// Each version of a template is a definition with rows in the list's order. Of more than 20 the tenant's rows are looked
    /// through, whatever their template.
    private static func definitions(
        _ name: String?, _ tenant: UUID, _ connection: any Connection
    ) throws -> [(conditions: [String], values: [any DatabaseConvertible])] {
        guard let name else { return [([], [])] }
        let versions = "SELECT id FROM workflow_definitions WHERE name = ? AND tenant_id IN (?, ?)"
        let values: [any DatabaseConvertible] = [name, tenant, UUID.zero]
        let ids = try connection.query("\(versions) LIMIT 21", values).map { try $0.get("id", as: UUID.self) }
        guard ids.count <= 20 else { return [(["e.workflow_definition_id IN (\(versions))"], values)] }
        return ids.map { (["e.workflow_definition_id = ?"], [$0]) }
    }

    private mutating func require(_ condition: String, _ bound: (any DatabaseConvertible)?...) {
        conditions.append(condition)
        values += bound
    }
}
