package import Foundation

/// How dispatchers share the deliveries. All of it is conditional updates, so that any number of processes takes part.
extension WebhookStore {
    /// When each webhook has something to be sent next, past times included.
    package func due() async throws -> [(webhook: UUID, at: Date, isFailing: Bool)] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT * FROM (
                    SELECT w.id, w.failing_since, (
                        SELECT MIN(d.next_attempt_at) FROM webhook_deliveries d
                        WHERE d.webhook_id = w.id AND d.status = 'pending'
                    ) AS due_at
                    FROM webhooks w WHERE w.disabled_at IS NULL
                ) waiting WHERE due_at IS NOT NULL
                """
            ).map { row in
                (
                    webhook: try row.get("id"), at: try row.get("due_at"),
                    isFailing: try row.optional("failing_since", as: Date.self) != nil
                )
            }
        }
    }

    /// Takes up to `limit` due deliveries of a webhook. Who does not settle one within `visibility` (a process that
    /// died) leaves it to the next; its attempt counts.
    package func claim(
        of webhook: UUID, limit: Int, visibility: Duration, now: Date = Date()
    ) async throws -> [ClaimedDelivery] {
        try await database.write { connection in
            let webhooks = try connection.query(
                "SELECT * FROM webhooks WHERE id = ? AND disabled_at IS NULL", [webhook])
            guard let row = webhooks.first else { return [] }
            // Two that choose the same rows: the second waits for the first, then finds the time moved.
            let claimed = try connection.query(
                """
                UPDATE webhook_deliveries SET attempts = attempts + 1, next_attempt_at = ?
                WHERE status = 'pending' AND next_attempt_at <= ? AND id IN (
                    SELECT id FROM webhook_deliveries
                    WHERE webhook_id = ? AND status = 'pending' AND next_attempt_at <= ?
                    ORDER BY next_attempt_at, created_at LIMIT ?
                )
                RETURNING id, tenant_id, execution_id, payload, attempts
                """,
                [now.addingTimeInterval(visibility / .seconds(1)), now, webhook, now, limit]
            )
            guard !claimed.isEmpty else { return [] }
            let url: String = try row.get("url")
            let keys = try keys(row, now)
            return try claimed.map { delivery in
                ClaimedDelivery(
                    id: try delivery.get("id"), tenantID: try delivery.get("tenant_id"), webhookID: webhook,
                    executionID: try delivery.optional("execution_id"), payload: try delivery.get("payload"),
                    attempt: try delivery.get("attempts"), url: url, keys: keys
                )
            }
        }
    }

    /// Records an attempt.
    ///
    /// - Parameters:
    ///   - next: when to try again after a failure; nil gives the delivery up.
    ///   - disabling: why the webhook is to be told nothing more; nil leaves it.
    ///   - patience: a webhook all of whose attempts have failed for longer is disabled.
    package func settle(
        _ delivery: ClaimedDelivery, _ attempt: WebhookAttempt, next: Date?, disabling: String? = nil,
        patience: Duration, now: Date = Date()
    ) async throws {
        let succeeded = attempt.error == nil
        try await database.write { connection in
            // Deleted meanwhile, with its webhook.
            guard try !connection.query("SELECT id FROM webhook_deliveries WHERE id = ?", [delivery.id]).isEmpty
            else { return }
            try connection.execute(
                """
                INSERT INTO webhook_attempts (delivery_id, number, attempted_at, duration_ms, response_status,
                    response_body, error)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                [
                    delivery.id, attempt.number, attempt.attemptedAt, Int64(attempt.duration / .milliseconds(1)),
                    attempt.responseStatus, attempt.responseBody?.withoutNUL, attempt.error?.withoutNUL,
                ]
            )
            if succeeded {
                // Whoever delivered it: another that has claimed it since need not.
                try connection.execute(
                    """
                    UPDATE webhook_deliveries SET status = 'delivered', next_attempt_at = NULL, completed_at = ?
                    WHERE id = ? AND status <> 'delivered'
                    """, [now, delivery.id])
                try connection.execute(
                    "UPDATE webhooks SET failing_since = NULL WHERE id = ? AND failing_since IS NOT NULL",
                    [delivery.webhookID])
                return
            }
            try connection.execute(
                """
                UPDATE webhook_deliveries SET status = ?, next_attempt_at = ?, completed_at = ?
                WHERE id = ? AND status = 'pending' AND attempts = ?
                """,
                [
                    next == nil ? WebhookDelivery.Status.failed : .pending, next, next == nil ? now : nil, delivery.id,
                    attempt.number,
                ]
            )
            try connection.execute(
                "UPDATE webhooks SET failing_since = ? WHERE id = ? AND failing_since IS NULL",
                [attempt.attemptedAt, delivery.webhookID])
            let last = attempt.error.map { String($0.prefix(500)).withoutNUL } ?? ""
            try connection.execute(
                """
                UPDATE webhooks SET disabled_at = ?, disabled_reason = ?
                WHERE id = ? AND disabled_at IS NULL AND (? OR failing_since <= ?)
                """,
                [
                    now,
                    disabling
                        ?? "every attempt failed for \(Int(patience / .seconds(86400))) days, the last because \(last)",
                    delivery.webhookID, disabling != nil, now.addingTimeInterval(-(patience / .seconds(1))),
                ]
            )
        }
    }

    /// The keys to sign with, the newest first. One that cannot be opened is left out, so that the other still signs.
    private func keys(_ row: Row, _ now: Date) throws(StorageError) -> [[UInt8]] {
        let context = Self.context(try row.get("id"))
        var sealed: [[UInt8]] = [try row.get("secret")]
        if let end: Date = try row.optional("previous_expires_at"), end > now,
            let previous: [UInt8] = try row.optional("previous_secret")
        {
            sealed.append(previous)
        }
        return sealed.compactMap { try? box.open($0, context: context) }
    }
}
