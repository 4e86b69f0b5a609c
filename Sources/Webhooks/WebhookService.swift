package import Activities
package import Foundation
package import Storage

/// What a tenant does with its webhooks.
package struct WebhookService: Sendable {
    private let store: WebhookStore
    private let policy: AddressPolicy

    /// - Parameter policy: as the dispatcher's: what it would refuse to reach is refused when it is set.
    package init(store: WebhookStore, policy: AddressPolicy) {
        self.store = store
        self.policy = policy
    }

    /// The secret is shown here and never again.
    package func create(
        url: String, description: String, events: [WebhookEvent], for caller: Principal
    ) async throws -> (webhook: Webhook, secret: String) {
        let url = try WebhookURL(url, policy: policy)
        do {
            return try await store.create(
                tenant: caller.tenant.id, url: url.text, description: description, events: events, by: caller.id)
        } catch let error as StorageError where error.code == .conflict {
            throw WebhookError(.tooManyWebhooks, "Too many webhooks", error.message)
        }
    }

    package func list(of tenant: UUID) async throws -> [Webhook] { try await store.list(tenant: tenant) }

    package func get(_ id: UUID, of tenant: UUID) async throws -> Webhook {
        try Self.found(try await store.get(id, tenant: tenant), id)
    }

    package func update(_ id: UUID, of tenant: UUID, _ change: WebhookChange) async throws -> Webhook {
        if let url = change.url { _ = try WebhookURL(url, policy: policy) }
        return try Self.found(try await store.update(id, tenant: tenant, change), id)
    }

    package func delete(_ id: UUID, of tenant: UUID) async throws {
        guard try await store.delete(id, tenant: tenant) else { throw Self.unknown(id) }
    }

    /// A new secret, shown here and never again; the one before signs too, for `overlap`.
    package func rotateSecret(
        _ id: UUID, of tenant: UUID, overlap: Duration
    ) async throws -> (webhook: Webhook, secret: String) {
        try Self.found(try await store.rotate(id, tenant: tenant, overlap: overlap), id)
    }

    /// Sends a test event; the delivery log tells how that went.
    package func test(_ id: UUID, of tenant: UUID) async throws -> WebhookDelivery {
        try await refusingDisabled { try Self.found(try await store.enqueueTest(id, tenant: tenant), id) }
    }

    /// The delivery log, the newest first, each delivery with its attempts.
    package func deliveries(
        of id: UUID, tenant: UUID, status: WebhookDelivery.Status?, limit: Int, after cursor: String?
    ) async throws -> (deliveries: [(WebhookDelivery, [WebhookAttempt])], next: String?) {
        _ = try await get(id, of: tenant)
        let page = try await store.deliveries(of: id, tenant: tenant, status: status, limit: limit, cursor: cursor)
        let attempts = try await store.attempts(of: page.deliveries.map(\.id))
        return (page.deliveries.map { ($0, attempts[$0.id] ?? []) }, page.next)
    }

    package func redeliver(_ delivery: UUID, of id: UUID, tenant: UUID) async throws -> WebhookDelivery {
        _ = try await get(id, of: tenant)
        return try await refusingDisabled {
            guard let sent = try await store.redeliver(delivery, of: id, tenant: tenant) else {
                throw WebhookError(
                    .unknownDelivery, "Unknown delivery",
                    "The webhook has no delivery \(delivery.text); it may be too old.")
            }
            return sent
        }
    }

    private func refusingDisabled<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as StorageError where error.code == .constraint {
            throw WebhookError(
                .webhookDisabled, "Webhook disabled",
                "The webhook is disabled: enable it first (PATCH with enabled true).")
        }
    }

    private static func found<Value>(_ value: Value?, _ id: UUID) throws(WebhookError) -> Value {
        guard let value else { throw unknown(id) }
        return value
    }

    private static func unknown(_ id: UUID) -> WebhookError {
        WebhookError(
            .unknownWebhook, "Unknown webhook", "There is no webhook \(id.text) of this tenant.")
    }
}
