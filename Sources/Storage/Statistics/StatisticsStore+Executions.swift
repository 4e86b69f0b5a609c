package import Foundation

/// How many executions of a template ended how.
package struct ExecutionCount: Sendable, Hashable {
    package var template: String
    package var status: ExecutionStatus
    package var count: Int64
}

/// How often something failed, by what failed and why.
package struct ErrorCount: Sendable, Hashable {
    /// A template, an activity, or `provider/model`.
    package var subject: String
    /// The error's type or code; nil where none was recorded.
    package var type: String?
    package var count: Int64

    package init(subject: String, type: String?, count: Int64) {
        self.subject = subject
        self.type = type
        self.count = count
    }
}

extension StatisticsStore {
    /// Executions that closed in the window, by template and status.
    package func closedExecutions(_ window: StatisticsWindow, tenant: UUID?) async throws -> [ExecutionCount] {
        let conditions = Conditions(window, "e.completed_at", tenant: tenant, of: "e.tenant_id")
        return try await rows(
            """
            SELECT d.name AS template, c.status AS status, CAST(SUM(c.count) AS BIGINT) AS count FROM (
                SELECT e.workflow_definition_id AS definition, e.status AS status, COUNT(*) AS count
                FROM workflow_executions e WHERE \(conditions.sql) GROUP BY e.workflow_definition_id, e.status
            ) c JOIN workflow_definitions d ON d.id = c.definition
            GROUP BY d.name, c.status ORDER BY count DESC, template, status LIMIT \(5 * Self.maximumGroups)
            """, conditions
        ) { row in
            try ExecutionCount(
                template: row.get("template"), status: row.get("status"), count: row.get("count"))
        }
    }

    /// Executions that were accepted in the window.
    package func startedExecutions(_ window: StatisticsWindow, tenant: UUID?) async throws -> Int64 {
        let conditions = Conditions(window, "started_at", tenant: tenant, of: "tenant_id")
        return try await rows(
            "SELECT COUNT(*) AS count FROM workflow_executions WHERE \(conditions.sql)", conditions
        ) { try $0.get("count", as: Int64.self) }.first ?? 0
    }

    /// Executions that are open now, by status.
    package func openExecutions(tenant: UUID?) async throws -> [ExecutionStatus: Int64] {
        let (condition, values) = tenant.map { ("tenant_id = ? AND ", [$0]) } ?? ("", [])
        return try await database.read { connection in
            var counts: [ExecutionStatus: Int64] = [:]
            for row in try connection.query(
                """
                SELECT status, COUNT(*) AS count FROM workflow_executions
                WHERE \(condition)status IN ('pending', 'running') GROUP BY status
                """, values
            ) {
                counts[try row.get("status")] = try row.get("count", as: Int64.self)
            }
            return counts
        }
    }

    /// Executions that ended badly, by template and the error's type.
    package func failedExecutions(_ window: StatisticsWindow, tenant: UUID?) async throws -> [ErrorCount] {
        let conditions = Conditions(window, "e.completed_at", tenant: tenant, of: "e.tenant_id")
        return try await rows(
            """
            SELECT d.name AS subject, COALESCE(e.error_type, e.status) AS type, COUNT(*) AS count
            FROM workflow_executions e JOIN workflow_definitions d ON d.id = e.workflow_definition_id
            WHERE \(conditions.sql) AND e.status IN ('failed', 'timed_out', 'terminated')
            GROUP BY d.name, COALESCE(e.error_type, e.status)
            ORDER BY count DESC, subject, type LIMIT \(Self.maximumGroups)
            """, conditions, ErrorCount.init)
    }

    /// Steps that failed, by activity (or the step's kind) and the error's type.
    package func failedSteps(_ window: StatisticsWindow, tenant: UUID?) async throws -> [ErrorCount] {
        let conditions = Conditions(window, "completed_at", tenant: tenant, of: "tenant_id")
        return try await rows(
            """
            SELECT COALESCE(activity, kind) AS subject, error_type AS type, COUNT(*) AS count FROM execution_steps
            WHERE \(conditions.sql) AND status = 'failed' GROUP BY COALESCE(activity, kind), error_type
            ORDER BY count DESC, subject, type LIMIT \(Self.maximumGroups)
            """, conditions, ErrorCount.init)
    }

    /// Enhancement points that gave their fallback, by reason.
    package func fallbacks(_ window: StatisticsWindow, tenant: UUID?) async throws -> [ErrorCount] {
        let conditions = Conditions(window, "completed_at", tenant: tenant, of: "tenant_id")
        return try await rows(
            """
            SELECT fallback_reason AS subject, fallback_reason AS type, COUNT(*) AS count FROM execution_steps
            WHERE \(conditions.sql) AND fallback_reason IS NOT NULL GROUP BY fallback_reason
            ORDER BY count DESC, subject LIMIT \(Self.maximumGroups)
            """, conditions, ErrorCount.init)
    }

    func rows<Result: Sendable>(
        _ sql: String, _ conditions: Conditions, _ make: @escaping @Sendable (Row) throws -> Result
    ) async throws -> [Result] {
        let values = conditions.values
        return try await database.read { connection in
            try connection.query(sql, values.map { $0 }).map(make)
        }
    }
}

extension ErrorCount {
    init(_ row: Row) throws {
        try self.init(subject: row.get("subject"), type: row.optional("type"), count: row.get("count"))
    }
}
