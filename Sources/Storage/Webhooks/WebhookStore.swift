import Crypto
package import Foundation
import JSON

/// Webhooks, what is to be delivered to them, and how that went.
///
/// A delivery is inserted by the transaction that closes the execution, so an event is neither lost nor made up; any
/// process claims it, sends it and settles it.
package struct WebhookStore: Sendable {
    /// More would let one tenant take every slot of the dispatchers.
    package static let webhooksPerTenant = 20

    let database: any Database
    let box: SecretBox

    /// - Parameter box: encrypts the webhooks' secrets.
    package init(_ database: any Database, box: SecretBox) {
        self.database = database
        self.box = box
    }

    /// The only moment, with `rotate`, at which the secret is shown: `whsec_` and 32 bytes in base64.
    ///
    /// Throws `conflict` for a tenant that has as many as it may.
    package func create(
        tenant: UUID, url: String, description: String, events: [WebhookEvent], by principal: UUID, now: Date = Date()
    ) async throws -> (webhook: Webhook, secret: String) {
        let id = UUID()
        let (secret, sealed) = try makeSecret(of: id, tenant)
        let webhook = try await database.write { connection in
            try connection.lock("webhooks/\(tenant)")
            let rows = try connection.query("SELECT COUNT(*) AS count FROM webhooks WHERE tenant_id = ?", [tenant])
            guard try rows.first?.get("count", as: Int.self) ?? 0 < Self.webhooksPerTenant else {
                throw StorageError(.conflict, "There are \(Self.webhooksPerTenant) webhooks, as many as there may be.")
            }
            try connection.execute(
                """
                INSERT INTO webhooks (id, tenant_id, url, description, events, key_id, secret, created_by, created_at,
                    updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [id, tenant, url, description, Self.json(events), box.activeID, sealed, principal, now, now]
            )
            return try Self.one(id, tenant, connection)
        }
        guard let webhook else { throw StorageError(.internal, "The webhook was not stored.") }
        return (webhook, secret)
    }

    /// Oldest first; at most `webhooksPerTenant`.
    package func list(tenant: UUID) async throws -> [Webhook] {
        try await database.read { connection in
            try connection.query("SELECT * FROM webhooks WHERE tenant_id = ? ORDER BY created_at, id", [tenant])
                .map { try Webhook($0) }
        }
    }

    /// nil for another tenant's.
    package func get(_ id: UUID, tenant: UUID) async throws -> Webhook? {
        try await database.read { try Self.one(id, tenant, $0) }
    }

    /// nil for another tenant's. To enable one again forgets its failures.
    package func update(
        _ id: UUID, tenant: UUID, _ change: WebhookChange, now: Date = Date()
    ) async throws -> Webhook? {
        try await database.write { connection in
            guard let old = try Self.one(id, tenant, connection) else { return nil }
            let isDisabled = change.isEnabled.map { !$0 } ?? (old.disabledAt != nil)
            try connection.execute(
                """
                UPDATE webhooks SET url = ?, description = ?, events = ?, disabled_at = ?, disabled_reason = ?,
                    failing_since = ?, updated_at = ?
                WHERE id = ? AND tenant_id = ?
                """,
                [
                    change.url ?? old.url, change.description ?? old.description,
                    Self.json(change.events ?? old.events), isDisabled ? old.disabledAt ?? now : nil,
                    isDisabled ? old.disabledReason ?? "disabled by its owner" : nil,
                    change.isEnabled == true ? nil : old.failingSince, now, id, tenant,
                ]
            )
            try connection.notify(.webhooks, "")
            return try Self.one(id, tenant, connection)
        }
    }

    /// With its deliveries. Returns whether the tenant had it.
    package func delete(_ id: UUID, tenant: UUID) async throws -> Bool {
        try await database.write { connection in
            try connection.execute("DELETE FROM webhooks WHERE id = ? AND tenant_id = ?", [id, tenant]) == 1
        }
    }

    /// A new secret; messages carry the signature of the one before too, for `overlap`. nil for another tenant's.
    package func rotate(
        _ id: UUID, tenant: UUID, overlap: Duration, now: Date = Date()
    ) async throws -> (webhook: Webhook, secret: String)? {
        let (secret, sealed) = try makeSecret(of: id, tenant)
        let end = now.addingTimeInterval(overlap / .seconds(1))
        let webhook = try await database.write { connection in
            try connection.execute(
                """
                UPDATE webhooks SET previous_secret = secret, previous_expires_at = ?, secret = ?, key_id = ?,
                    updated_at = ?
                WHERE id = ? AND tenant_id = ?
                """,
                [end, sealed, box.activeID, now, id, tenant]
            )
            return try Self.one(id, tenant, connection)
        }
        return webhook.map { ($0, secret) }
    }

    // MARK: Secrets

    /// As Standard Webhooks writes one: its bytes are the key of the signature.
    private func makeSecret(of id: UUID, _ tenant: UUID) throws(StorageError) -> (text: String, sealed: [UInt8]) {
        let key = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        return (Self.secretPrefix + key.base64EncodedString(), try box.seal([UInt8](key), context: Self.context(id)))
    }

    package static let secretPrefix = "whsec_"

    static func context(_ id: UUID) -> String { "webhooks/\(id.text)" }

    // MARK: Rows

    static func one(_ id: UUID, _ tenant: UUID, _ connection: any Connection) throws -> Webhook? {
        try connection.query("SELECT * FROM webhooks WHERE id = ? AND tenant_id = ?", [id, tenant]).first
            .map { try Webhook($0) }
    }

    private static func json(_ events: [WebhookEvent]) -> JSONValue { .array(events.map { .string($0.rawValue) }) }
}
