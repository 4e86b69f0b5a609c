package import Foundation
import JSON

/// What may be shown of an API key.
package struct APIKey: Sendable, Hashable {
    package let id: UUID
    package let tenantID: UUID
    package let principalID: UUID
    package let name: String
    /// The first characters of the key, to recognise it by.
    package let prefix: String
    package let role: Role
    /// What the role is narrowed to; nil: nothing.
    package let scopes: Set<Scope>?
    package let createdAt: Date
    package let expiresAt: Date?
    /// Some minutes late: uses are collected.
    package let lastUsedAt: Date?
    package let revokedAt: Date?

    /// What it may do.
    package var effectiveScopes: Set<Scope> { role.scopes(narrowedTo: scopes) }
}

extension APIKey {
    init(_ row: Row) throws(StorageError) {
        id = try row.get("id")
        tenantID = try row.get("tenant_id")
        principalID = try row.get("principal_id")
        name = try row.get("name")
        prefix = try row.get("prefix")
        role = try row.get("role")
        scopes = try row.optional("scopes", as: JSONValue.self).map { value in
            // A scope of a newer service grants nothing here.
            Set((value.array ?? []).compactMap { $0.string.flatMap(Scope.init) })
        }
        createdAt = try row.get("created_at")
        expiresAt = try row.optional("expires_at")
        lastUsedAt = try row.optional("last_used_at")
        revokedAt = try row.optional("revoked_at")
    }
}

/// A key to be made.
package struct NewAPIKey: Sendable {
    package var name: String
    package var role: Role
    package var scopes: Set<Scope>?
    package var expiresAt: Date?
    /// Another key's, for one that takes its place.
    package var principalID: UUID

    package init(
        name: String, role: Role = .admin, scopes: Set<Scope>? = nil, expiresAt: Date? = nil,
        principalID: UUID = UUID()
    ) {
        self.name = name
        self.role = role
        self.scopes = scopes
        self.expiresAt = expiresAt
        self.principalID = principalID
    }

    package var effectiveScopes: Set<Scope> { role.scopes(narrowedTo: scopes) }
}
