package import Foundation
package import JSON

/// A line of an execution's log.
package struct ExecutionLogLine: Sendable, Hashable {
    /// Ascending; 0 before it is stored.
    package var id: Int64 = 0
    package var execution: UUID
    package var time: Date
    /// From 0, trace, to 6, critical.
    package var level: Int
    package var message: String
    /// An object of texts: run, step, attempt, and what the line tells.
    package var fields: JSONValue

    package init(execution: UUID, time: Date, level: Int, message: String, fields: JSONValue) {
        self.execution = execution
        self.time = time
        self.level = level
        self.message = message
        self.fields = fields
    }
}

/// What executions logged, for their tenants to read.
package struct ExecutionLogStore: Sendable {
    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// Appends lines in one transaction. Whose they are is the execution's row to say; lines of an execution that is not
    /// there (any more) are left out.
    package func append(_ lines: [ExecutionLogLine]) async throws {
        guard !lines.isEmpty else { return }
        try await database.write { connection in
            let executions = Array(Set(lines.map(\.execution)))
            let places = executions.places
            var tenants: [UUID: UUID] = [:]
            for row in try connection.query(
                "SELECT id, tenant_id FROM workflow_executions WHERE id IN (\(places))", executions
            ) {
                tenants[try row.get("id")] = try row.get("tenant_id", as: UUID.self)
            }
            // Readers go on after the last id they saw: a lower one must not be committed after a higher one.
            try connection.lock("execution_logs")
            let known = lines.compactMap { line in tenants[line.execution].map { (line, $0) } }
            for start in stride(from: 0, to: known.count, by: Self.rowsPerStatement) {
                let part = known[start..<min(start + Self.rowsPerStatement, known.count)]
                try connection.execute(
                    """
                    INSERT INTO execution_logs (execution_id, tenant_id, logged_at, level, message, fields) VALUES
                    \(Array(repeating: "(?, ?, ?, ?, ?, ?)", count: part.count).joined(separator: ", "))
                    """,
                    part.flatMap { line, tenant -> [(any DatabaseConvertible)?] in
                        [line.execution, tenant, line.time, line.level, line.message, line.fields]
                    }
                )
            }
        }
    }

    private static let rowsPerStatement = 50

    /// In the order in which they were stored, from after line `id` on; those of at least `level`.
    package func list(
        execution: UUID, tenant: UUID, level: Int = 0, after id: Int64 = 0, limit: Int
    ) async throws -> [ExecutionLogLine] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT id, execution_id, logged_at, level, message, fields FROM execution_logs
                WHERE execution_id = ? AND tenant_id = ? AND level >= ? AND id > ? ORDER BY id LIMIT ?
                """,
                [execution, tenant, level, id, limit]
            ).map { row in
                var line = ExecutionLogLine(
                    execution: try row.get("execution_id"), time: try row.get("logged_at"), level: try row.get("level"),
                    message: try row.get("message"), fields: try row.get("fields"))
                line.id = try row.get("id")
                return line
            }
        }
    }
}
