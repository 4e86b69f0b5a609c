package import Foundation
import JSON

/// What a webhook may be told.
package enum WebhookEvent: String, Sendable, CaseIterable, DatabaseConvertible {
    case completed = "execution.completed"
    case failed = "execution.failed"
    case cancelled = "execution.cancelled"
    case terminated = "execution.terminated"
    case timedOut = "execution.timed_out"
    /// Asked for by the owner, to try the receiver; nobody subscribes to it.
    case test = "webhook.test"

    package static let subscribable: [WebhookEvent] = [.completed, .failed, .cancelled, .terminated, .timedOut]

    /// nil for a status that is no end.
    package init?(_ status: ExecutionStatus) {
        switch status {
        case .pending, .running, .paused, .unknown: return nil
        case .completed: self = .completed
        case .failed: self = .failed
        case .cancelled: self = .cancelled
        case .terminated: self = .terminated
        case .timedOut: self = .timedOut
        }
    }
}

/// Where a tenant wants to be told of events; the secret is apart.
package struct Webhook: Sendable, Hashable {
    package let id: UUID
    package let tenantID: UUID
    package let url: String
    package let description: String
    /// Empty: all.
    package let events: [WebhookEvent]
    /// nil: it is told. Its waiting deliveries wait on while it is disabled.
    package let disabledAt: Date?
    package let disabledReason: String?
    /// Since when every attempt has failed.
    package let failingSince: Date?
    /// Until when messages carry the signature of the secret before too.
    package let previousSecretExpiresAt: Date?
    package let createdBy: UUID
    package let createdAt: Date
    package let updatedAt: Date
}

extension Webhook {
    init(_ row: Row) throws(StorageError) {
        id = try row.get("id")
        tenantID = try row.get("tenant_id")
        url = try row.get("url")
        description = try row.get("description")
        let events: JSONValue = try row.get("events")
        self.events = (events.array ?? []).compactMap { $0.string.flatMap(WebhookEvent.init(rawValue:)) }
        disabledAt = try row.optional("disabled_at")
        disabledReason = try row.optional("disabled_reason")
        failingSince = try row.optional("failing_since")
        previousSecretExpiresAt = try row.optional("previous_expires_at")
        createdBy = try row.get("created_by")
        createdAt = try row.get("created_at")
        updatedAt = try row.get("updated_at")
    }

    func wants(_ event: WebhookEvent) -> Bool { events.isEmpty || events.contains(event) }
}

/// What an owner may change of a webhook; nil leaves a part as it is.
package struct WebhookChange: Sendable {
    package var url: String?
    package var description: String?
    package var events: [WebhookEvent]?
    package var isEnabled: Bool?

    package init(url: String? = nil, description: String? = nil, events: [WebhookEvent]? = nil, isEnabled: Bool? = nil)
    {
        self.url = url
        self.description = description
        self.events = events
        self.isEnabled = isEnabled
    }
}
