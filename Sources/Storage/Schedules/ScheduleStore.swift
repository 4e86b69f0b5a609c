package import Foundation
import JSON

package struct SchedulePage: Sendable {
    package let schedules: [StoredSchedule]
    /// For the page after this one; nil at the end. Opaque to callers.
    package let next: String?
}

/// The schedules of all tenants, each an outbox of what Temporal is to have.
///
/// 1. `insert`, `update`, `markDeleting`: from the commit on it is promised.
/// 2. `markActive`, `remove`: Temporal has it so.
package struct ScheduleStore: Sendable {
    /// More than people make by hand; each costs Temporal a workflow.
    package static let schedulesPerTenant = 500

    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// Throws `conflict` for a name that the tenant has used, and `tooLarge` for a tenant that has as many as it may.
    package func insert(_ new: NewSchedule, now: Date = Date()) async throws -> StoredSchedule {
        let id = UUID()
        let schedule = try await database.write { connection in
            try connection.lock("schedules/\(new.tenantID)")
            let rows = try connection.query(
                "SELECT COUNT(*) AS count FROM schedules WHERE tenant_id = ?", [new.tenantID])
            guard try rows.first?.get("count", as: Int.self) ?? 0 < Self.schedulesPerTenant else {
                throw StorageError(.tooLarge, "There are \(Self.schedulesPerTenant) schedules, as many as may be.")
            }
            try connection.execute(
                """
                INSERT INTO schedules (id, tenant_id, name, template, template_version, input, ai_enhanced, tags, spec,
                    paused_at, created_by, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    id, new.tenantID, new.name, new.template, new.templateVersion, new.input, new.aiEnhanced,
                    Self.json(new.tags), new.spec, new.isPaused ? now : nil, new.createdBy, now, now,
                ]
            )
            return try Self.one("id = ?", [id], connection)
        }
        guard let schedule else { throw StorageError(.internal, "The schedule was not stored.") }
        return schedule
    }

    /// nil for another tenant's.
    package func get(_ name: String, tenant: UUID) async throws -> StoredSchedule? {
        try await database.read { try Self.one("name = ? AND tenant_id = ?", [name, tenant], $0) }
    }

    package func get(id: UUID, tenant: UUID) async throws -> StoredSchedule? {
        try await database.read { try Self.one("id = ? AND tenant_id = ?", [id, tenant], $0) }
    }

    /// The newest first. `limit` is brought into 1…200. Throws `invalidCursor` for a text that is no cursor of ours.
    package func list(tenant: UUID, limit: Int = 50, cursor: String? = nil) async throws -> SchedulePage {
        let limit = min(max(limit, 1), 200)
        var condition = "tenant_id = ?"
        var values: [any DatabaseConvertible & Sendable] = [tenant]
        if let cursor {
            let position = try ListCursor(cursor)
            condition += " AND " + ListCursor.condition("created_at", "id")
            values += position.values
        }
        values.append(limit + 1)
        let sql = "SELECT * FROM schedules WHERE \(condition) ORDER BY created_at DESC, id LIMIT ?"
        let bound = values
        let found = try await database.read { try $0.query(sql, bound).map { try StoredSchedule($0) } }
        let page = Array(found.prefix(limit))
        let next = found.count > limit ? page.last.map { ListCursor(time: $0.createdAt, id: $0.id).text } : nil
        return SchedulePage(schedules: page, next: next)
    }

    /// Writes what may change of it and leaves the rest to be told to Temporal. nil when it was changed since it was
    /// read, or is being deleted.
    package func update(_ schedule: StoredSchedule, now: Date = Date()) async throws -> StoredSchedule? {
        try await database.write { connection in
            let changed = try connection.execute(
                """
                UPDATE schedules SET template = ?, template_version = ?, input = ?, ai_enhanced = ?, tags = ?, spec = ?,
                    status = 'pending', updated_at = ?
                WHERE id = ? AND updated_at = ? AND status <> 'deleting'
                """,
                [
                    schedule.template, schedule.templateVersion, schedule.input, schedule.aiEnhanced,
                    Self.json(schedule.tags), schedule.spec, now, schedule.id, schedule.updatedAt,
                ]
            )
            return changed == 1 ? try Self.one("id = ?", [schedule.id], connection) : nil
        }
    }

    /// Returns false when the row is not that version any more: changed, to be deleted, or gone.
    package func markActive(_ schedule: StoredSchedule) async throws -> Bool {
        try await database.write { connection in
            try connection.execute(
                "UPDATE schedules SET status = 'active' WHERE id = ? AND status = 'pending' AND updated_at = ?",
                [schedule.id, schedule.updatedAt]
            ) == 1
        }
    }

    /// Keeps what Temporal says of it.
    package func note(paused date: Date?, _ id: UUID) async throws {
        try await database.write { connection in
            try connection.execute("UPDATE schedules SET paused_at = ? WHERE id = ?", [date, id])
        }
    }

    /// The row as it was before; nil when the tenant has none of this name.
    package func markDeleting(_ name: String, tenant: UUID, now: Date = Date()) async throws -> StoredSchedule? {
        try await database.write { connection in
            guard let before = try Self.one("name = ? AND tenant_id = ?", [name, tenant], connection) else {
                return nil
            }
            try connection.execute(
                "UPDATE schedules SET status = 'deleting', updated_at = ? WHERE id = ? AND status <> 'deleting'",
                [now, before.id])
            return before
        }
    }

    /// Once Temporal has none of it.
    package func remove(_ id: UUID) async throws {
        try await database.write { try $0.execute("DELETE FROM schedules WHERE id = ?", [id]) }
    }

    /// Those of all tenants that Temporal may not have as they are, changed before `date`, the oldest first, from after `last` on.
    package func unsettled(
        before date: Date, after last: StoredSchedule? = nil, limit: Int = 100
    ) async throws -> [StoredSchedule] {
        let (time, id) = (last?.updatedAt ?? .distantPast, last?.id ?? .zero)
        return try await database.read { connection in
            try connection.query(
                """
                SELECT * FROM schedules WHERE status IN ('pending', 'deleting') AND updated_at < ?
                    AND (updated_at > ? OR updated_at = ? AND id > ?)
                ORDER BY updated_at, id LIMIT ?
                """,
                [date, time, time, id, limit]
            ).map { try StoredSchedule($0) }
        }
    }

    /// The newest first.
    package func executions(of id: UUID, tenant: UUID, limit: Int) async throws -> [ScheduledExecution] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT id, temporal_workflow_id, status, started_at, completed_at FROM workflow_executions
                WHERE schedule_id = ? AND tenant_id = ? ORDER BY started_at DESC, id LIMIT ?
                """,
                [id, tenant, limit]
            ).map { row in
                ScheduledExecution(
                    id: try row.get("id"), temporalWorkflowID: try row.get("temporal_workflow_id"),
                    status: try row.get("status"), startedAt: try row.get("started_at"),
                    completedAt: try row.optional("completed_at")
                )
            }
        }
    }

    private static func one(
        _ condition: String, _ values: [(any DatabaseConvertible)?], _ connection: any Connection
    ) throws -> StoredSchedule? {
        try connection.query("SELECT * FROM schedules WHERE \(condition)", values).first.map { try StoredSchedule($0) }
    }

    private static func json(_ tags: [String]) -> JSONValue { .array(tags.map { .string($0) }) }
}
