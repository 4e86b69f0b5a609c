package import Foundation
package import JSON

/// Who did what to whom, and when. Nothing here updates or deletes a line; a tenant's lines go with the tenant when it is
/// erased, and one line without its name remains.
package struct AuditLog: Sendable {
    let database: any Database

    package init(_ database: any Database) { self.database = database }

    /// - Parameters:
    ///   - tenant: whose log it stands in; the actor's own where none is given.
    ///   - target: at most 500 characters.
    package func record(
        _ action: AuditAction, by actor: AuditActor, tenant: UUID? = nil, target: String? = nil,
        detail: JSONValue = [:], now: Date = Date()
    ) async throws {
        try await database.write { connection in
            try Self.record(
                action, by: actor, tenant: tenant, target: target, detail: detail, now: now, in: connection)
        }
    }

    /// In the transaction of the change itself, so that neither is there without the other.
    package static func record(
        _ action: AuditAction, by actor: AuditActor, tenant: UUID? = nil, target: String? = nil,
        detail: JSONValue = [:], now: Date = Date(), in connection: any Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO audit_log (id, tenant_id, principal_id, actor, action, target, detail, request_id, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                UUID(), tenant ?? actor.tenantID, actor.principalID, actor.name.cut(255), action, target?.cut(500),
                detail, actor.requestID?.cut(128), now,
            ]
        )
    }

    /// What a list shows only.
    package struct Filter: Sendable {
        package var action: AuditAction?
        package var principal: UUID?
        package var target: String?
        package var from: Date?
        package var to: Date?
        package init() {}
    }

    package struct Page: Sendable {
        package let entries: [AuditEntry]
        /// nil: these were the last.
        package let next: String?
    }

    /// The same for whoever operates the service: also of a tenant that was erased, whose tombstone stands in no tenant's
    /// log; the nil id asks for what concerns no tenant.
    package func list(forOperatorOf tenant: UUID, after cursor: String? = nil, limit: Int = 50) async throws -> Page {
        if tenant == .zero { return try await page(["tenant_id IS NULL"], [], after: cursor, limit: limit) }
        return try await page(
            ["(tenant_id = ? OR (tenant_id IS NULL AND target = ?))"], [tenant, TenantStore.target(tenant)],
            after: cursor, limit: limit)
    }

    /// Newest first, of one tenant.
    ///
    /// Throws `invalidCursor` for a cursor that no list has given.
    package func list(
        tenant: UUID, _ filter: Filter = Filter(), after cursor: String? = nil, limit: Int = 50
    ) async throws -> Page {
        var conditions = ["tenant_id = ?"]
        var values: [(any DatabaseConvertible & Sendable)?] = [tenant]
        func add(_ condition: String, _ value: (any DatabaseConvertible & Sendable)?) {
            guard let value else { return }
            conditions.append(condition)
            values.append(value)
        }
        add("action = ?", filter.action)
        add("principal_id = ?", filter.principal)
        add("target = ?", filter.target)
        add("created_at >= ?", filter.from)
        add("created_at < ?", filter.to)
        return try await page(conditions, values, after: cursor, limit: limit)
    }

    private func page(
        _ conditions: [String], _ values: [(any DatabaseConvertible & Sendable)?], after cursor: String?, limit: Int
    ) async throws -> Page {
        var (conditions, values) = (conditions, values)
        if let cursor {
            let position = try ListCursor(cursor)
            conditions.append(ListCursor.condition("created_at", "id"))
            values += position.values
        }
        let sql = """
            SELECT * FROM audit_log WHERE \(conditions.joined(separator: " AND "))
            ORDER BY created_at DESC, id LIMIT \(limit + 1)
            """
        let bound = values
        let entries = try await database.read { try $0.query(sql, bound).map { try AuditEntry($0) } }
        let page = Array(entries.prefix(limit))
        return Page(
            entries: page,
            next: entries.count > limit ? page.last.map { ListCursor(time: $0.createdAt, id: $0.id).text } : nil)
    }
}
