package import Foundation

package struct WebhookDeliveryPage: Sendable {
    package let deliveries: [WebhookDelivery]
    /// For the page after this one; nil at the end. Opaque to callers.
    package let next: String?
}

/// The delivery log.
extension WebhookStore {
    /// The newest first. `limit` is brought into 1…200. Throws `invalidCursor` for a text that is no cursor of ours.
    package func deliveries(
        of webhook: UUID, tenant: UUID, status: WebhookDelivery.Status? = nil, limit: Int = 50, cursor: String? = nil
    ) async throws -> WebhookDeliveryPage {
        let limit = min(max(limit, 1), 200)
        var conditions = ["webhook_id = ?", "tenant_id = ?"]
        var values: [any DatabaseConvertible & Sendable] = [webhook, tenant]
        if let status {
            conditions.append("status = ?")
            values.append(status)
        }
        if let cursor {
            let position = try ListCursor(cursor)
            conditions.append(ListCursor.condition("created_at", "id"))
            values += position.values
        }
        values.append(limit + 1)
        let sql = """
            SELECT * FROM webhook_deliveries WHERE \(conditions.joined(separator: " AND "))
            ORDER BY created_at DESC, id LIMIT ?
            """
        let bound = values
        let found = try await database.read { try $0.query(sql, bound).map { try WebhookDelivery($0) } }
        let page = Array(found.prefix(limit))
        let next = found.count > limit ? page.last.map { ListCursor(time: $0.createdAt, id: $0.id).text } : nil
        return WebhookDeliveryPage(deliveries: page, next: next)
    }

    /// The attempts of these deliveries, the oldest first.
    package func attempts(of deliveries: [UUID]) async throws -> [UUID: [WebhookAttempt]] {
        guard !deliveries.isEmpty else { return [:] }
        let places = deliveries.places
        return try await database.read { connection in
            let rows = try connection.query(
                "SELECT * FROM webhook_attempts WHERE delivery_id IN (\(places)) ORDER BY delivery_id, number",
                deliveries)
            return try rows.reduce(into: [:]) { attempts, row in
                attempts[try row.get("delivery_id"), default: []].append(try WebhookAttempt(row))
            }
        }
    }

    /// Has a delivery sent again now, also one that waits for its next attempt. nil for another tenant's; throws
    /// `constraint` for a disabled webhook's.
    package func redeliver(
        _ id: UUID, of webhook: UUID, tenant: UUID, now: Date = Date()
    ) async throws -> WebhookDelivery? {
        try await database.write { connection in
            guard let owner = try Self.one(webhook, tenant, connection),
                try Self.delivery(id, of: webhook, tenant, connection) != nil
            else { return nil }
            guard owner.disabledAt == nil else { throw Self.isDisabled }
            try connection.execute(
                """
                UPDATE webhook_deliveries SET status = 'pending', next_attempt_at = ?, completed_at = NULL WHERE id = ?
                """, [now, id])
            try connection.notify(.webhooks, "")
            return try Self.delivery(id, of: webhook, tenant, connection)
        }
    }

    static func delivery(
        _ id: UUID, of webhook: UUID, _ tenant: UUID, _ connection: any Connection
    ) throws -> WebhookDelivery? {
        try connection.query(
            "SELECT * FROM webhook_deliveries WHERE id = ? AND webhook_id = ? AND tenant_id = ?", [id, webhook, tenant]
        ).first.map { try WebhookDelivery($0) }
    }
}
