package import Foundation
import JSON

extension WebhookStore {
    /// Puts the event of an execution's end into the deliveries of its tenant's webhooks; part of the transaction that
    /// closes the row, so both happen or neither.
    package static func enqueue(closed id: UUID, on connection: any Connection, now: Date) throws {
        let webhooks = try connection.query(
            """
            SELECT w.* FROM webhooks w JOIN workflow_executions e ON e.tenant_id = w.tenant_id
            WHERE e.id = ? AND w.disabled_at IS NULL
            """, [id]
        ).map { try Webhook($0) }
        guard !webhooks.isEmpty else { return }
        let rows = try connection.query(
            """
            SELECT e.id, e.status, e.error_message, e.ai_enhanced, e.fallback_used, e.ai_cost_microdollars,
                e.started_at, e.completed_at, e.duration_ms, e.schedule_id, e.tags, d.name, d.version
            FROM workflow_executions e JOIN workflow_definitions d ON d.id = e.workflow_definition_id WHERE e.id = ?
            """, [id])
        guard let row = rows.first, let event = WebhookEvent(try row.get("status")) else { return }
        let wanting = webhooks.filter { $0.wants(event) }
        guard !wanting.isEmpty else { return }
        let payload = Self.payload(event, try row.get("completed_at"), try execution(row))
        for webhook in wanting {
            try insert(event, payload, execution: id, to: webhook, on: connection, now: now)
        }
    }

    /// An event for this webhook alone; nil for another tenant's. Throws `constraint` for a disabled one.
    package func enqueueTest(_ id: UUID, tenant: UUID, now: Date = Date()) async throws -> WebhookDelivery? {
        try await database.write { connection in
            guard let webhook = try Self.one(id, tenant, connection) else { return nil }
            guard webhook.disabledAt == nil else { throw Self.isDisabled }
            let payload = Self.payload(.test, now, ["message": "A test that the owner of the webhook asked for."])
            let delivery = try Self.insert(
                .test, payload, execution: nil, to: webhook, on: connection, now: now)
            return try Self.delivery(delivery, of: id, tenant, connection)
        }
    }

    static let isDisabled = StorageError(.constraint, "The webhook is disabled.")

    @discardableResult
    private static func insert(
        _ event: WebhookEvent, _ payload: JSONValue, execution: UUID?, to webhook: Webhook,
        on connection: any Connection, now: Date
    ) throws -> UUID {
        let id = UUID()
        try connection.execute(
            """
            INSERT INTO webhook_deliveries (id, webhook_id, tenant_id, execution_id, event, payload, next_attempt_at,
                created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [id, webhook.id, webhook.tenantID, execution, event, payload.serialized(), now, now]
        )
        try connection.notify(.webhooks, "")
        return id
    }

    /// Standard Webhooks' body: what happened, when, and to what.
    private static func payload(_ event: WebhookEvent, _ time: Date, _ data: JSONValue) -> JSONValue {
        ["type": .string(event.rawValue), "timestamp": .string(time.formatted(timestamp)), "data": data]
    }

    /// As lists show it: a receiver that wants more asks the API.
    private static func execution(_ row: Row) throws -> JSONValue {
        var object = JSONObject()
        object["id"] = .string(try row.get("id", as: UUID.self).text)
        object["status"] = .string(try row.get("status"))
        object["template"] = .string(try row.get("name"))
        object["version"] = .string(try row.get("version"))
        object["tags"] = try row.get("tags")
        object["schedule_id"] =
            try row.optional("schedule_id", as: UUID.self)
            .map { .string($0.text) } ?? .null
        object["ai_enhanced"] = .bool(try row.get("ai_enhanced"))
        object["fallback_used"] = .bool(try row.get("fallback_used"))
        object["ai_cost_microdollars"] = .integer(try row.get("ai_cost_microdollars"))
        object["error_message"] = try row.optional("error_message").map { .string($0) } ?? .null
        object["started_at"] = .string(try row.get("started_at", as: Date.self).formatted(timestamp))
        object["completed_at"] = .string(try row.get("completed_at", as: Date.self).formatted(timestamp))
        object["duration_ms"] = .integer(try row.get("duration_ms"))
        return .object(object)
    }

    private static let timestamp = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
