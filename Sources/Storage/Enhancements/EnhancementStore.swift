package import Foundation
import JSON

/// Enhancement points: what tenants set for them, and what they brought.
package struct EnhancementStore: Sendable {
    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// What differs from the default, by template and point. Empty for an unknown tenant.
    package func settings(_ tenant: UUID) async throws -> [PointSetting] {
        try await database.read { try TenantStore.one("id = ?", [tenant], $0)?.points.all ?? [] }
    }

    /// For executions that start from now on. One that is on for everybody is the default, and is not kept.
    ///
    /// Throws `constraint` for what is not allowed, `notFound` for an unknown tenant, `limitExceeded` for too many.
    package func set(
        _ setting: PointSetting, tenant: UUID, by actor: AuditActor, now: Date = Date()
    ) async throws {
        try setting.check()
        try await database.write { connection in
            try connection.lock("tenant/\(tenant)")
            guard let row = try connection.query("SELECT ai FROM tenants WHERE id = ?", [tenant]).first else {
                throw StorageError(.notFound, "There is no such tenant.")
            }
            // The other members are others' to change.
            var ai = try row.get("ai", as: JSONValue.self).object ?? [:]
            var points = ai["points"]?.object ?? [:]
            if setting.isEnabled, setting.holdOut == 0 {
                points[setting.key] = nil
            } else {
                points[setting.key] = ["enabled": .bool(setting.isEnabled), "holdout": .number(setting.holdOut)]
            }
            guard points.count <= PointSettings.limit else {
                throw StorageError(
                    .limitExceeded, "At most \(PointSettings.limit) enhancement points can be set for a tenant.")
            }
            ai["points"] = points.isEmpty ? nil : .object(points)
            try connection.execute("UPDATE tenants SET ai = ? WHERE id = ?", [JSONValue.object(ai), tenant])
            try AuditLog.record(
                .pointChanged, by: actor, tenant: tenant, target: "enhancement/\(setting.key)",
                detail: ["enabled": .bool(setting.isEnabled), "holdout": .number(setting.holdOut)], now: now,
                in: connection)
            try connection.notify(.keys, "")
        }
    }
}
