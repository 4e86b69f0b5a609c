package import Foundation
package import JSON

/// The tenants of this service.
package struct TenantStore: Sendable {
    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// Throws `conflict` for a name (or id) that is taken, `constraint` for a name of 0 or more than 255 characters.
    package func create(
        name: String, tier: Tier, limits: JSONObject = [:], id: UUID = UUID(), by actor: AuditActor = .service,
        now: Date = Date()
    ) async throws -> Tenant {
        let settings = try TenantLimits.settings([:], changedBy: limits)
        try await database.write { connection in
            try connection.execute(
                "INSERT INTO tenants (id, name, tier, limits, created_at) VALUES (?, ?, ?, ?, ?)",
                [id, name, tier, JSONValue.object(settings), now]
            )
            try AuditLog.record(
                .tenantCreated, by: actor, tenant: id, target: Self.target(id),
                detail: ["tier": .string(tier.rawValue)], now: now, in: connection)
        }
        return Tenant(id: id, name: name, tier: tier, limitSettings: settings, createdAt: now)
    }

    package func get(_ id: UUID) async throws -> Tenant? {
        try await one("id = ?", [id])
    }

    package func get(named name: String) async throws -> Tenant? {
        try await one("name = ?", [name])
    }

    /// Oldest first.
    package func list(after last: Tenant? = nil, limit: Int = 1_000) async throws -> [Tenant] {
        let from = last?.createdAt ?? Date(timeIntervalSince1970: 0)
        let id = last?.id ?? .zero
        return try await database.read {
            try $0.query(
                """
                SELECT * FROM tenants WHERE created_at > ? OR (created_at = ? AND id > ?)
                ORDER BY created_at, id LIMIT ?
                """,
                [from, from, id, limit]
            ).map { try Tenant($0) }
        }
    }

    /// What a change leaves out stays as it is.
    package struct Change: Sendable {
        package var name: String?
        package var tier: Tier?
        /// A member with null goes back to the tier's default.
        package var limits: JSONObject?
        package var isSuspended: Bool?
        package init() {}
    }

    /// nil for an unknown tenant. Throws `conflict` for a name that is taken and for a tenant that is being erased.
    package func change(
        _ id: UUID, _ change: Change, by actor: AuditActor, now: Date = Date()
    ) async throws -> Tenant? {
        try await database.write { connection in
            try connection.lock("tenant/\(id)")
            guard let old = try Self.one("id = ?", [id], connection) else { return nil }
            guard old.erasingAt == nil else {
                throw StorageError(.conflict, "The tenant is being erased.")
            }
            let settings = try TenantLimits.settings(old.limitSettings, changedBy: change.limits ?? [:])
            let suspendedAt =
                switch change.isSuspended {
                case true?: old.suspendedAt ?? now
                case false?: Date?.none
                case nil: old.suspendedAt
                }
            let new = Tenant(
                id: id, name: change.name ?? old.name, tier: change.tier ?? old.tier, limitSettings: settings,
                points: old.points, createdAt: old.createdAt, suspendedAt: suspendedAt)
            guard new != old else { return old }
            try connection.execute(
                "UPDATE tenants SET name = ?, tier = ?, limits = ?, suspended_at = ? WHERE id = ?",
                [new.name, new.tier, JSONValue.object(settings), suspendedAt, id])
            var detail = JSONObject()
            if new.name != old.name { detail["name"] = .string(new.name) }
            if new.tier != old.tier { detail["tier"] = .string(new.tier.rawValue) }
            if settings != old.limitSettings { detail["limits"] = .object(settings) }
            if !detail.isEmpty {
                try AuditLog.record(
                    .tenantChanged, by: actor, tenant: id, target: Self.target(id), detail: .object(detail), now: now,
                    in: connection)
            }
            if new.status != old.status {
                try AuditLog.record(
                    new.suspendedAt == nil ? .tenantResumed : .tenantSuspended, by: actor, tenant: id,
                    target: Self.target(id), now: now, in: connection)
            }
            try connection.notify(.keys, "")
            return new
        }
    }

    /// Pending and running ones.
    package func openExecutions(_ id: UUID) async throws -> Int {
        try await database.read { connection in
            try connection.query("SELECT \(ConcurrencyGate.open) AS open", [id, Int.max]).first?.get("open") ?? 0
        }
    }

    private func one(_ condition: String, _ values: [any DatabaseConvertible & Sendable]) async throws -> Tenant? {
        try await database.read { try Self.one(condition, values, $0) }
    }

    static func one(
        _ condition: String, _ values: [any DatabaseConvertible], _ connection: any Connection
    ) throws -> Tenant? {
        try connection.query("SELECT * FROM tenants WHERE \(condition)", values).first.map { try Tenant($0) }
    }

    static func target(_ id: UUID) -> String { "tenant/\(id.text)" }
}
