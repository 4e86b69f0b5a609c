package import Foundation
import JSON

/// What may be shown of a secret.
package struct Secret: Sendable, Hashable {
    package let name: String
    package let createdAt: Date
    package let updatedAt: Date
}

/// A tenant's secrets: written and replaced, read by nobody but the worker that makes a call with them.
package struct SecretStore: Sendable {
    /// Bytes. Shorter values could not be taken out of answers and logs without mutilating ordinary text.
    package static let valueSize = 6...65_536
    /// Of one tenant.
    package static let limit = 1_000

    let database: any Database
    let box: SecretBox

    package init(_ database: any Database, box: SecretBox) {
        self.database = database
        self.box = box
    }

    /// Letters, digits, `_`, `-` and `.`, the first one a letter or `_`; at most 128.
    package static func isName(_ name: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) || byte == UInt8(ascii: "_") }
        guard let first = name.utf8.first, isLetter(first), name.utf8.count <= 128 else { return false }
        return name.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || $0 == 45 || $0 == 46 }
    }

    /// Returns whether the name is new. Throws `tooLarge` when the tenant has as many secrets as it may.
    package func put(
        _ name: String, value: String, tenant: UUID, by actor: AuditActor, now: Date = Date()
    ) async throws -> Bool {
        guard Self.isName(name) else { throw StorageError(.constraint, "The secret's name cannot be used.") }
        guard Self.valueSize.contains(value.utf8.count) else {
            throw StorageError(
                .constraint,
                "A secret's value has \(Self.valueSize.lowerBound) to \(Self.valueSize.upperBound) bytes.")
        }
        let keyID = box.activeID
        let sealed = try box.seal(Array(value.utf8), context: Self.context(tenant, name))
        return try await database.write { connection in
            try connection.lock("secrets/\(tenant)")
            let known = try connection.query("SELECT name FROM secrets WHERE tenant_id = ?", [tenant])
            let isNew = try !known.contains { try $0.get("name") == name }
            guard !isNew || known.count < Self.limit else {
                throw StorageError(.tooLarge, "A tenant has at most \(Self.limit) secrets.")
            }
            try connection.execute(
                """
                INSERT INTO secrets (tenant_id, name, key_id, ciphertext, created_by, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (tenant_id, name) DO UPDATE SET
                    key_id = excluded.key_id, ciphertext = excluded.ciphertext, updated_at = excluded.updated_at
                """,
                [tenant, name, keyID, sealed, actor.principalID ?? .zero, now, now]
            )
            try AuditLog.record(
                .secretSet, by: actor, tenant: tenant, target: "secret/\(name)", detail: ["new": .bool(isNew)],
                now: now, in: connection)
            return isNew
        }
    }

    /// Returns whether the tenant had it.
    package func delete(_ name: String, tenant: UUID, by actor: AuditActor, now: Date = Date()) async throws -> Bool {
        try await database.write { connection in
            let count = try connection.execute("DELETE FROM secrets WHERE tenant_id = ? AND name = ?", [tenant, name])
            guard count == 1 else { return false }
            try AuditLog.record(
                .secretDeleted, by: actor, tenant: tenant, target: "secret/\(name)", now: now, in: connection)
            return true
        }
    }

    /// By name.
    package func list(tenant: UUID) async throws -> [Secret] {
        try await database.read { connection in
            try connection.query(
                "SELECT name, created_at, updated_at FROM secrets WHERE tenant_id = ? ORDER BY name", [tenant]
            ).map { row in
                Secret(
                    name: try row.get("name"), createdAt: try row.get("created_at"),
                    updatedAt: try row.get("updated_at"))
            }
        }
    }

    /// The values of these names, for a call about to be made; a name that the tenant has not is missing.
    package func values(of names: Set<String>, tenant: UUID) async throws -> [String: String] {
        guard !names.isEmpty else { return [:] }
        let sql = "SELECT name, ciphertext FROM secrets WHERE tenant_id = ? AND name IN (\(names.places))"
        let bound: [any DatabaseConvertible & Sendable] = [tenant] + names.sorted()
        let rows = try await database.read { try $0.query(sql, bound) }
        var values: [String: String] = [:]
        for row in rows {
            let name: String = try row.get("name")
            let plain = try box.open(try row.get("ciphertext"), context: Self.context(tenant, name))
            values[name] = String(decoding: plain, as: UTF8.self)
        }
        return values
    }

    private static func context(_ tenant: UUID, _ name: String) -> String {
        "secret/\(tenant.text)/\(name)"
    }
}
