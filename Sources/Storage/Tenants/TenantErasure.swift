package import Foundation

/// The rows' part of erasing a tenant: begun by a mark that survives everything, done in small transactions that may be
/// repeated, ended by one that removes the tenant and leaves a tombstone in the audit log.
package struct TenantErasure: Sendable {
    private let database: any Database
    private static let batch = 500

    package init(_ database: any Database) { self.database = database }

    /// Refuses the tenant from now on, for good. Returns it; nil where there is none. Repeats change nothing.
    package func begin(_ id: UUID, by actor: AuditActor, now: Date = Date()) async throws -> Tenant? {
        try await database.write { connection in
            try connection.lock("tenant/\(id)")
            let begun = try connection.execute(
                """
                UPDATE tenants SET erasing_at = ?, suspended_at = COALESCE(suspended_at, ?)
                WHERE id = ? AND erasing_at IS NULL
                """, [now, now, id])
            if begun == 1 {
                try AuditLog.record(
                    .tenantErasing, by: actor, tenant: id, target: TenantStore.target(id), now: now, in: connection)
                try connection.notify(.keys, "")
            }
            return try TenantStore.one("id = ?", [id], connection)
        }
    }

    /// Oldest first.
    package func pending() async throws -> [Tenant] {
        try await database.read { connection in
            try connection.query("SELECT * FROM tenants WHERE erasing_at IS NOT NULL ORDER BY erasing_at, id")
                .map { try Tenant($0) }
        }
    }

    /// Some of the executions that are left: their ids and those of their workflows.
    package func executions(of tenant: UUID) async throws -> [(id: UUID, workflowID: String)] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT id, temporal_workflow_id FROM workflow_executions WHERE tenant_id = ? ORDER BY id
                LIMIT \(Self.batch)
                """, [tenant]
            ).map { (try $0.get("id"), try $0.get("temporal_workflow_id")) }
        }
    }

    /// With all that hangs on them.
    package func delete(executions: [UUID], of tenant: UUID) async throws {
        guard !executions.isEmpty else { return }
        let places = executions.places
        try await database.write { connection in
            try connection.execute("DELETE FROM execution_logs WHERE execution_id IN (\(places))", executions)
            try connection.execute("DELETE FROM ai_usage_logs WHERE workflow_execution_id IN (\(places))", executions)
            try connection.execute(
                "DELETE FROM workflow_executions WHERE id IN (\(places)) AND tenant_id = ?", executions + [tenant])
        }
    }

    /// Everything but executions, schedules and the mark itself. Returns the number of rows that there were.
    package func deleteRows(of tenant: UUID) async throws -> Int {
        // A reservation holds counters of others, so it is settled, not deleted.
        try await LedgerStore(database).erase(tenant)
        var total = 0
        for table in TenantTable.all
        where !["workflow_executions", "schedules", "webhook_attempts", "ai_reservations"].contains(table.name) {
            let key = table.key.joined(separator: ", ")
            let kept = table.name == "audit_log" ? " AND action <> '\(AuditAction.tenantErasing.rawValue)'" : ""
            let sql = """
                DELETE FROM \(table.name) WHERE (\(key)) IN
                    (SELECT \(key) FROM \(table.name) WHERE tenant_id = ?\(kept) LIMIT \(Self.batch)) AND tenant_id = ?
                """
            while true {
                let count = try await database.write { try $0.execute(sql, [tenant, tenant]) }
                total += count
                if count < Self.batch { break }
            }
        }
        return total
    }

    /// Those of the tenants that are being erased, or are gone: for them nothing may be stored any more. Asked in the transaction
    /// that is about to store it; the others stay until that has ended.
    static func erased(_ tenants: [UUID], in connection: any Connection) throws -> Set<UUID> {
        let ids = Set(tenants).sorted { $0.text < $1.text }.padded
        let lock = connection.dialect == .postgresql ? "FOR KEY SHARE" : ""
        var (unknown, erased): (Set<UUID>, Set<UUID>) = (Set(ids), [])
        for row in try connection.query(
            "SELECT id, erasing_at FROM tenants WHERE id IN (\(ids.places)) ORDER BY id \(lock)", ids)
        {
            let id: UUID = try row.get("id")
            unknown.remove(id)
            if try row.optional("erasing_at", as: Date.self) != nil { erased.insert(id) }
        }
        guard !unknown.isEmpty else { return erased }
        let targets = unknown.map(TenantStore.target).sorted()
        let gone = try connection.query(
            """
            SELECT target FROM audit_log
            WHERE tenant_id IS NULL AND action = ? AND target IN (\(targets.places))
            """, [AuditAction.tenantErased] + targets
        ).map { try $0.get("target", as: String.self) }
        return erased.union(unknown.filter { gone.contains(TenantStore.target($0)) })
    }

    /// Removes the tenant when nothing else of it is left; returns whether that is done. What remains is one line of the
    /// audit log, in no tenant's log: who asked for it, and when it was done.
    package func finish(_ tenant: Tenant, now: Date = Date()) async throws -> Bool {
        try await database.write { connection in
            try connection.lock("tenant/\(tenant.id)")
            // Whoever stores something for it now has ended before this, and comes after it too late.
            let lock = connection.dialect == .postgresql ? "FOR UPDATE" : ""
            _ = try connection.query("SELECT 1 AS one FROM tenants WHERE id = ? \(lock)", [tenant.id])
            for table in TenantTable.all where table.name != "audit_log" {
                let left = try connection.query(
                    "SELECT 1 AS one FROM \(table.name) WHERE \(table.condition) LIMIT 1", [tenant.id])
                guard left.isEmpty else { return false }
            }
            let mark = try connection.query(
                "SELECT * FROM audit_log WHERE tenant_id = ? AND action = ?", [tenant.id, AuditAction.tenantErasing]
            ).first.map { try AuditEntry($0) }
            try connection.execute("DELETE FROM audit_log WHERE tenant_id = ?", [tenant.id])
            try connection.execute("DELETE FROM tenants WHERE id = ?", [tenant.id])
            let actor = AuditActor(
                tenantID: nil, principalID: nil, name: mark?.actor.name ?? "service", requestID: mark?.actor.requestID)
            try AuditLog.record(
                .tenantErased, by: actor, target: TenantStore.target(tenant.id), now: now, in: connection)
            try connection.notify(.keys, "")
            return true
        }
    }
}
