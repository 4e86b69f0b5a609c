import Foundation
import Hummingbird
import JSON
import Storage
import Webhooks

/// `/workflows/webhooks`: where a tenant wants to be told how its executions ended.
struct WebhookRoutes {
    let webhooks: WebhookService

    private static let bodyLimit = 64 << 10

    func add(to router: some RouterMethods<APIContext>) {
        router.post("webhooks", use: create)
        router.get("webhooks", use: list)
        router.get("webhooks/:id", use: get)
        router.patch("webhooks/:id", use: update)
        router.delete("webhooks/:id", use: delete)
        router.post("webhooks/:id/rotate", use: rotate)
        router.post("webhooks/:id/test", use: test)
        router.get("webhooks/:id/deliveries", use: deliveries)
        router.post("webhooks/:id/deliveries/:delivery/redeliver", use: redeliver)
    }

    @Sendable func create(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.caller(.webhooksWrite)
        let body = try await request.jsonObject(limit: Self.bodyLimit)
        try body.refuseUnknown(besides: ["url", "description", "events"])
        guard let url = try body.member("url", "string", \.string) else {
            throw Problem.badRequest(
                "missing_member", "url is required: where to send events, such as https://example.com/hooks.",
                errors: [["pointer": "/url", "message": "is required"]]
            )
        }
        let (webhook, secret) = try await webhooks.create(
            url: url, description: try Self.description(body) ?? "", events: try Self.events(body) ?? [], for: caller)
        try await context.audit(.webhookCreated, target: webhook.target, detail: ["url": .string(webhook.url)])
        var response = Response(json: webhook.json(secret: secret), status: .created)
        response.headers[.location] = "/workflows/webhooks/\(webhook.id.text)"
        return response
    }

    @Sendable func list(_ request: Request, context: APIContext) async throws -> Response {
        let webhooks = try await webhooks.list(of: try context.caller(.executionsRead).tenant.id)
        return Response(json: ["webhooks": .array(webhooks.map { $0.json() }), "next_cursor": .null])
    }

    @Sendable func get(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.executionsRead).tenant.id
        return Response(json: try await webhooks.get(try context.uuid("id"), of: tenant).json())
    }

    @Sendable func update(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.webhooksWrite).tenant.id
        let body = try await request.jsonObject(limit: Self.bodyLimit)
        try body.refuseUnknown(besides: ["url", "description", "events", "enabled"])
        let change = WebhookChange(
            url: try body.member("url", "string", \.string), description: try Self.description(body),
            events: try Self.events(body), isEnabled: try body.member("enabled", "boolean", \.bool))
        let webhook = try await webhooks.update(try context.uuid("id"), of: tenant, change)
        try await context.audit(
            .webhookChanged, target: webhook.target, detail: ["members": .array(body.keys.map { .string($0) })])
        return Response(json: webhook.json())
    }

    @Sendable func delete(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.webhooksWrite).tenant.id
        let id = try context.uuid("id")
        try await webhooks.delete(id, of: tenant)
        try await context.audit(.webhookDeleted, target: "webhook/\(id.text)")
        return Response(status: .noContent)
    }

    @Sendable func rotate(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.webhooksWrite).tenant.id
        let overlap = try await request.overlap()
        let (webhook, secret) = try await webhooks.rotateSecret(
            try context.uuid("id"), of: tenant, overlap: .seconds(overlap))
        try await context.audit(.webhookChanged, target: webhook.target, detail: ["members": ["secret"]])
        return Response(json: webhook.json(secret: secret))
    }

    @Sendable func test(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.webhooksWrite).tenant.id
        let delivery = try await webhooks.test(try context.uuid("id"), of: tenant)
        return Response(json: delivery.json(attempts: []), status: .accepted)
    }

    @Sendable func deliveries(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.executionsRead).tenant.id
        let parameters = request.uri.queryParameters
        let status = try parameters["status"].map { text in
            guard let status = WebhookDelivery.Status(rawValue: String(text)) else {
                throw Problem.badRequest("invalid_parameter", "status must be one of pending, delivered, failed.")
            }
            return status
        }
        let page = try await webhooks.deliveries(
            of: try context.uuid("id"), tenant: tenant, status: status, limit: try request.pageLimit(),
            after: parameters["cursor"].map(String.init))
        return Response(
            json: [
                "deliveries": .array(page.deliveries.map { $0.0.json(attempts: $0.1) }),
                "next_cursor": page.next.map { .string($0) } ?? .null,
            ])
    }

    @Sendable func redeliver(_ request: Request, context: APIContext) async throws -> Response {
        let tenant = try context.caller(.webhooksWrite).tenant.id
        let delivery = try await webhooks.redeliver(
            try context.uuid("delivery"), of: try context.uuid("id"), tenant: tenant)
        try await context.audit(
            .webhookRedelivered, target: "webhook/\(delivery.webhookID.text)",
            detail: ["delivery": .id(delivery.id)])
        return Response(json: delivery.json(attempts: []), status: .accepted)
    }

    private static func description(_ body: JSONObject) throws(Problem) -> String? {
        let text = try body.member("description", "string", \.string)
        guard text?.unicodeScalars.count ?? 0 <= 255 else {
            throw Problem.invalidMember("description", "description has at most 255 characters.")
        }
        return text
    }

    private static func events(_ body: JSONObject) throws(Problem) -> [WebhookEvent]? {
        guard let values = try body.member("events", "array", \.array) else { return nil }
        var events: [WebhookEvent] = []
        for (index, value) in values.enumerated() {
            guard let event = WebhookEvent.subscribable.first(where: { $0.rawValue == value.string }) else {
                let known = WebhookEvent.subscribable.map(\.rawValue).joined(separator: ", ")
                throw Problem.invalidMember("events/\(index)", "An event is one of \(known).")
            }
            if !events.contains(event) { events.append(event) }
        }
        return events
    }
}

extension Webhook {
    fileprivate var target: String { "webhook/\(id.text)" }

    /// - Parameter secret: shown once, when it is made.
    fileprivate func json(secret: String? = nil) -> JSONValue {
        let events = events.isEmpty ? WebhookEvent.subscribable : events
        var object: JSONObject = [
            "id": .id(id), "url": .string(url), "description": .string(description),
            "events": .array(events.map { .string($0.rawValue) }), "enabled": .bool(disabledAt == nil),
            "disabled_at": .time(disabledAt), "disabled_reason": disabledReason.map { .string($0) } ?? .null,
            "failing_since": .time(failingSince), "previous_secret_expires_at": .time(previousSecretExpiresAt),
            "created_at": .time(createdAt), "updated_at": .time(updatedAt),
        ]
        object["secret"] = secret.map { .string($0) }
        return .object(object)
    }
}

extension WebhookDelivery {
    fileprivate func json(attempts log: [WebhookAttempt]) -> JSONValue {
        [
            "id": .id(id), "webhook_id": .id(webhookID), "event": .string(event.rawValue),
            "execution_id": .id(executionID), "status": .string(status.rawValue),
            "attempts": .integer(Int64(attempts)), "next_attempt_at": .time(nextAttemptAt),
            "created_at": .time(createdAt), "completed_at": .time(completedAt),
            "payload": (try? JSONValue(parsing: payload)) ?? .null,
            "attempt_log": .array(log.map(\.json)),
        ]
    }
}

extension WebhookAttempt {
    fileprivate var json: JSONValue {
        [
            "number": .integer(Int64(number)), "attempted_at": .time(attemptedAt),
            "duration_ms": .integer(Int64(duration / .milliseconds(1))),
            "response_status": responseStatus.map { .integer(Int64($0)) } ?? .null,
            "response_body": responseBody.map { .string($0) } ?? .null, "error": error.map { .string($0) } ?? .null,
        ]
    }
}
