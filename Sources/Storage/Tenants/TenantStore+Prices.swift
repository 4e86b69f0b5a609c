package import Foundation
package import JSON

/// Prices of AI models that were agreed with a tenant: the member `prices` of `tenants.ai`, a price list.
extension TenantStore {
    /// Of all tenants that have some.
    package func aiPrices() async throws -> [UUID: JSONValue] {
        try await database.read { connection in
            var prices: [UUID: JSONValue] = [:]
            // Few tenants have anything at all in the column.
            for row in try connection.query("SELECT id, ai FROM tenants WHERE CAST(ai AS TEXT) <> '{}'") {
                let ai: JSONValue = try row.get("ai")
                if let list = ai["prices"], !list.isNull { prices[try row.get("id")] = list }
            }
            return prices
        }
    }

    package func aiPrices(of tenant: UUID) async throws -> JSONValue? {
        try await database.read { connection in
            let row = try connection.query("SELECT ai FROM tenants WHERE id = ?", [tenant]).first
            return try row?.get("ai", as: JSONValue.self)["prices"]
        }
    }

    /// For calls from now on, in every process; nil takes them back. Returns false for an unknown tenant. The list is checked
    /// by who gives it.
    package func setAIPrices(
        _ list: JSONValue?, of tenant: UUID, by actor: AuditActor, now: Date = Date()
    ) async throws -> Bool {
        try await database.write { connection in
            try connection.lock("tenant/\(tenant)")
            guard let row = try connection.query("SELECT ai FROM tenants WHERE id = ?", [tenant]).first else {
                return false
            }
            var ai = try row.get("ai", as: JSONValue.self).object ?? [:]
            ai["prices"] = list
            try connection.execute("UPDATE tenants SET ai = ? WHERE id = ?", [JSONValue.object(ai), tenant])
            try AuditLog.record(
                .pricesChanged, by: actor, tenant: tenant, target: Self.target(tenant),
                detail: ["removed": .bool(list == nil)], now: now, in: connection)
            try connection.notify(.keys, "")
            return true
        }
    }
}
