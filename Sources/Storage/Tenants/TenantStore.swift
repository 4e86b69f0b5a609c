package import Foundation

/// The tenants of this service.
package struct TenantStore: Sendable {
    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// Throws `conflict` for a name (or id) that is taken, `constraint` for a name of 0 or more than 255 characters.
    package func create(name: String, tier: Tier, id: UUID = UUID(), now: Date = Date()) async throws -> Tenant {
        try await database.write { connection in
            try connection.execute(
                "INSERT INTO tenants (id, name, tier, created_at) VALUES (?, ?, ?, ?)", [id, name, tier, now]
            )
        }
        return Tenant(id: id, name: name, tier: tier, createdAt: now)
    }

    package func get(_ id: UUID) async throws -> Tenant? {
        try await one("id = ?", [id])
    }

    package func get(named name: String) async throws -> Tenant? {
        try await one("name = ?", [name])
    }

    /// Oldest first.
    package func list() async throws -> [Tenant] {
        try await database.read { try $0.query("SELECT * FROM tenants ORDER BY created_at, id").map { try Tenant($0) } }
    }

    private func one(_ condition: String, _ values: [any DatabaseConvertible & Sendable]) async throws -> Tenant? {
        try await database.read { connection in
            try connection.query("SELECT * FROM tenants WHERE \(condition)", values).first.map { try Tenant($0) }
        }
    }
}
