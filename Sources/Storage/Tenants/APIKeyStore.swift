import Crypto
package import Foundation
import JSON

/// API keys, stored as the SHA-256 of 32 random bytes: nothing to guess, so no slow hash is needed, and a lookup by
/// digest leaks nothing through its timing.
package struct APIKeyStore: Sendable {
    /// Keys that work at once, beyond which a tenant makes no more; the operator may.
    package static let limit = 200

    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// The only moment at which the key itself is known: `wfs_` and 43 characters.
    ///
    /// Throws `tooLarge` when the tenant has as many keys as it may.
    package func create(
        tenant: UUID, _ new: NewAPIKey, by actor: AuditActor = .service, now: Date = Date()
    ) async throws -> (key: String, record: APIKey) {
        try await database.write { connection in
            let made = try Self.insert(new, tenant: tenant, by: actor, now: now, connection)
            try AuditLog.record(
                .keyCreated, by: actor, tenant: tenant, target: Self.target(made.record.id),
                detail: Self.detail(made.record), now: now, in: connection)
            return made
        }
    }

    /// With every right, for ever.
    package func create(
        tenant: UUID, name: String, principal: UUID = UUID(), now: Date = Date()
    ) async throws -> (key: String, record: APIKey) {
        try await create(tenant: tenant, NewAPIKey(name: name, principalID: principal), now: now)
    }

    /// nil for anything that is no valid, unrevoked, unexpired key. A suspended tenant's key is found.
    package func authenticate(_ key: String, now: Date = Date()) async throws -> Principal? {
        try await find(key, now: now)?.principal
    }

    /// The key's own record too.
    package func find(_ key: String, now: Date = Date()) async throws -> (principal: Principal, record: APIKey)? {
        guard key.hasPrefix("wfs_"), key.utf8.count == 47 else { return nil }
        let digest = Self.digest(of: key)
        return try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT * FROM api_keys WHERE digest = ? AND revoked_at IS NULL
                    AND (expires_at IS NULL OR expires_at > ?)
                """,
                [digest, now]
            )
            guard let record = try rows.first.map({ try APIKey($0) }),
                let tenant = try TenantStore.one("id = ?", [record.tenantID], connection)
            else { return nil }
            let principal = Principal(
                tenant: tenant, id: record.principalID, scopes: record.effectiveScopes, name: "key \(record.prefix)")
            return (principal, record)
        }
    }

    /// Oldest first, revoked ones too, from after a page's `next` on.
    ///
    /// Throws `invalidCursor` for a cursor that no list has given.
    package func list(
        tenant: UUID, after cursor: String? = nil, limit: Int = 50
    ) async throws -> (keys: [APIKey], next: String?) {
        var condition = "tenant_id = ?"
        var values: [any DatabaseConvertible & Sendable] = [tenant]
        if let cursor {
            condition += " AND created_at >= ? AND (created_at > ? OR id > ?)"
            values += try ListCursor(cursor).values
        }
        values.append(limit + 1)
        let sql = "SELECT * FROM api_keys WHERE \(condition) ORDER BY created_at, id LIMIT ?"
        let bound = values
        let found = try await database.read { try $0.query(sql, bound).map { try APIKey($0) } }
        let page = Array(found.prefix(limit))
        let next = found.count > limit ? page.last.map { ListCursor(time: $0.createdAt, id: $0.id).text } : nil
        return (page, next)
    }

    /// nil for another tenant's.
    package func get(_ id: UUID, tenant: UUID) async throws -> APIKey? {
        try await database.read { try Self.one(id, tenant, $0) }
    }

    /// Returns whether the tenant had this key unrevoked.
    package func revoke(
        _ id: UUID, tenant: UUID, by actor: AuditActor = .service, now: Date = Date()
    ) async throws -> Bool {
        try await database.write { connection in
            let count = try connection.execute(
                "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND tenant_id = ? AND revoked_at IS NULL",
                [now, id, tenant]
            )
            guard count == 1 else { return false }
            try AuditLog.record(
                .keyRevoked, by: actor, tenant: tenant, target: Self.target(id), now: now, in: connection)
            try connection.notify(.keys, "")
            return true
        }
    }

    /// A new key in the place of an old one, which goes on for `overlap` seconds: same principal, name and rights, and
    /// the same time to live. nil where the tenant has no such usable key. Throws `tooLarge` as `create` does.
    package func rotate(
        _ id: UUID, tenant: UUID, overlap: TimeInterval, by actor: AuditActor, now: Date = Date()
    ) async throws -> (key: String, record: APIKey, old: APIKey)? {
        try await database.write { connection in
            let end = now.addingTimeInterval(overlap)
            guard let before = try Self.one(id, tenant, connection) else { return nil }
            let expiresAt = before.expiresAt.map { now.addingTimeInterval($0.timeIntervalSince(before.createdAt)) }
            // The row is locked by its update: of two rotations at once, the second sees what the first has left.
            let count = try connection.execute(
                """
                UPDATE api_keys SET expires_at = CASE WHEN expires_at < ? THEN expires_at ELSE ? END
                WHERE id = ? AND tenant_id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
                """,
                [end, end, id, tenant, now])
            guard count == 1, let old = try Self.one(id, tenant, connection) else { return nil }
            let new = NewAPIKey(
                name: old.name, role: old.role, scopes: old.scopes, expiresAt: expiresAt,
                principalID: old.principalID)
            let made = try Self.insert(new, tenant: tenant, by: actor, now: now, connection)
            try AuditLog.record(
                .keyRotated, by: actor, tenant: tenant, target: Self.target(id),
                detail: [
                    "new": .string(made.record.id.text),
                    "overlap_seconds": .integer(Int64(overlap)),
                ], now: now, in: connection)
            try connection.notify(.keys, "")
            return (made.key, made.record, old)
        }
    }

    /// Notes uses that were collected meanwhile; never moves a time back.
    package func recordUses(_ uses: [UUID: Date]) async throws {
        guard !uses.isEmpty else { return }
        // Rows in one order, so that two processes never wait for each other.
        let ordered = uses.sorted { $0.key.uuidString < $1.key.uuidString }
        try await database.write { connection in
            for (id, date) in ordered {
                try connection.execute(
                    "UPDATE api_keys SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)",
                    [date, id, date])
            }
        }
    }

    private static func insert(
        _ new: NewAPIKey, tenant: UUID, by actor: AuditActor, now: Date, _ connection: any Connection
    ) throws -> (key: String, record: APIKey) {
        if actor.tenantID != nil { try admit(tenant, now, connection) }
        let secret = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        let key = "wfs_" + secret.base64URL
        let record = APIKey(
            id: UUID(), tenantID: tenant, principalID: new.principalID, name: new.name, prefix: String(key.prefix(10)),
            role: new.role, scopes: new.scopes, createdAt: now, expiresAt: new.expiresAt, lastUsedAt: nil,
            revokedAt: nil
        )
        let scopes = record.scopes.map { JSONValue.array($0.map(\.rawValue).sorted().map { .string($0) }) }
        try connection.execute(
            """
            INSERT INTO api_keys
                (id, tenant_id, principal_id, name, prefix, digest, role, scopes, created_at, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                record.id, tenant, record.principalID, record.name, record.prefix, digest(of: key), record.role, scopes,
                now, record.expiresAt,
            ]
        )
        return (key, record)
    }

    /// The tenant's inserts queue behind each other until they commit, so that the count is exact.
    private static func admit(_ tenant: UUID, _ now: Date, _ connection: any Connection) throws {
        try connection.lock("keys/\(tenant.text)")
        let live = try connection.query(
            """
            SELECT id FROM api_keys WHERE tenant_id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
            LIMIT ?
            """, [tenant, now, limit])
        guard live.count < limit else {
            throw StorageError(
                .tooLarge, "A tenant has at most \(limit) keys that work. Revoke one that is not needed.")
        }
    }

    private static func one(_ id: UUID, _ tenant: UUID, _ connection: any Connection) throws -> APIKey? {
        try connection.query("SELECT * FROM api_keys WHERE id = ? AND tenant_id = ?", [id, tenant]).first
            .map { try APIKey($0) }
    }

    private static func target(_ id: UUID) -> String { "key/\(id.text)" }

    private static func detail(_ key: APIKey) -> JSONValue {
        ["name": .string(key.name), "prefix": .string(key.prefix), "role": .string(key.role.rawValue)]
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

    package init?(base64URL text: String) {
        let padded = text.replacing("-", with: "+").replacing("_", with: "/")
        self.init(base64Encoded: padded + String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4))
    }
}
