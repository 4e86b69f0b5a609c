import Crypto
package import Foundation

/// What may be shown of an API key.
package struct APIKey: Sendable, Hashable {
    package let id: UUID
    package let tenantID: UUID
    package let principalID: UUID
    package let name: String
    /// The first characters of the key, to recognise it by.
    package let prefix: String
    package let createdAt: Date
    package let revokedAt: Date?
}

/// API keys, stored as the SHA-256 of 32 random bytes: nothing to guess, so no slow hash is needed, and a lookup by
/// digest leaks nothing through its timing.
package struct APIKeyStore: Sendable {
    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// The only moment at which the key itself is known: `wfs_` and 43 characters.
    package func create(
        tenant: UUID, name: String, principal: UUID = UUID(), now: Date = Date()
    ) async throws -> (key: String, record: APIKey) {
        let secret = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        let key = "wfs_" + secret.base64URL
        let record = APIKey(
            id: UUID(), tenantID: tenant, principalID: principal, name: name, prefix: String(key.prefix(10)),
            createdAt: now, revokedAt: nil
        )
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO api_keys (id, tenant_id, principal_id, name, prefix, digest, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                [record.id, tenant, principal, name, record.prefix, Self.digest(of: key), now]
            )
        }
        return (key, record)
    }

    /// nil for anything that is no valid, unrevoked key.
    package func authenticate(_ key: String) async throws -> Principal? {
        guard key.hasPrefix("wfs_"), key.utf8.count == 47 else { return nil }
        return try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT tenants.*, api_keys.principal_id, api_keys.role, api_keys.prefix
                FROM api_keys JOIN tenants ON tenants.id = api_keys.tenant_id
                WHERE api_keys.digest = ? AND api_keys.revoked_at IS NULL
                """,
                [Self.digest(of: key)]
            )
            return try rows.first.map { row in
                let role: Role = try row.get("role")
                return Principal(
                    tenant: try Tenant(row), id: try row.get("principal_id"), scopes: role.scopes,
                    name: "key \(try row.get("prefix", as: String.self))")
            }
        }
    }

    /// Oldest first.
    package func list(tenant: UUID) async throws -> [APIKey] {
        try await database.read { connection in
            try connection.query("SELECT * FROM api_keys WHERE tenant_id = ? ORDER BY created_at, id", [tenant]).map {
                row in
                APIKey(
                    id: try row.get("id"), tenantID: try row.get("tenant_id"), principalID: try row.get("principal_id"),
                    name: try row.get("name"), prefix: try row.get("prefix"), createdAt: try row.get("created_at"),
                    revokedAt: try row.optional("revoked_at")
                )
            }
        }
    }

    /// Returns whether the tenant had this key unrevoked.
    package func revoke(_ id: UUID, tenant: UUID, now: Date = Date()) async throws -> Bool {
        try await database.write { connection in
            try connection.execute(
                "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND tenant_id = ? AND revoked_at IS NULL",
                [now, id, tenant]
            ) == 1
        }
    }

    private static func digest(of key: String) -> String {
        SHA256.hash(data: Data(key.utf8)).hexadecimal
    }
}

extension Data {
    /// Base64 with the alphabet of addresses, without padding (RFC 4648 §5).
    var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    init?(base64URL text: String) {
        let padded = text.replacing("-", with: "+").replacing("_", with: "/")
        self.init(base64Encoded: padded + String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4))
    }
}
