package import Foundation
package import JSON

/// What is remembered of changes to access and of what operators do; `object.verb`, stable for programs.
package enum AuditAction: String, Sendable, CaseIterable, DatabaseConvertible {
    case tenantCreated = "tenant.created"
    case tenantChanged = "tenant.changed"
    case tenantSuspended = "tenant.suspended"
    case tenantResumed = "tenant.resumed"
    case tenantExported = "tenant.exported"
    case tenantErasing = "tenant.erasing"
    case tenantErased = "tenant.erased"
    case keyCreated = "key.created"
    case keyRotated = "key.rotated"
    case keyRevoked = "key.revoked"
    case secretSet = "secret.set"
    case secretDeleted = "secret.deleted"
    case templateCreated = "template.created"
    case templateChanged = "template.changed"
    case templateDeleted = "template.deleted"
    case scheduleCreated = "schedule.created"
    case scheduleChanged = "schedule.changed"
    case schedulePaused = "schedule.paused"
    case scheduleResumed = "schedule.resumed"
    case scheduleRun = "schedule.run"
    case scheduleDeleted = "schedule.deleted"
    case webhookCreated = "webhook.created"
    case webhookChanged = "webhook.changed"
    case webhookDeleted = "webhook.deleted"
    case webhookRedelivered = "webhook.redelivered"
    case executionCancelled = "execution.cancelled"
    case executionTerminated = "execution.terminated"
    case executionPaused = "execution.paused"
    case executionResumed = "execution.resumed"
    case budgetSet = "budget.set"
    case budgetDeleted = "budget.deleted"
    case pointChanged = "ai_point.changed"
    case cachePurged = "ai_cache.purged"
    /// What was agreed with a tenant.
    case pricesChanged = "ai_prices.changed"
    /// The operator told what a call of unknown outcome came to.
    case unknownResolved = "ai_unknown.resolved"
    case logLevelChanged = "log_level.changed"
    /// A caller without the scope that a route asks for.
    case refused = "access.refused"
}

/// Who acts: taken from the key or token of a request, never from its body.
package struct AuditActor: Sendable, Hashable {
    /// nil: the operator, or the service itself.
    package var tenantID: UUID?
    package var principalID: UUID?
    /// For people: `key wfs_AbCdEf (ci)`, `operator`, `token alice@example.com`.
    package var name: String
    package var requestID: String?

    package init(tenantID: UUID?, principalID: UUID?, name: String, requestID: String? = nil) {
        self.tenantID = tenantID
        self.principalID = principalID
        self.name = name
        self.requestID = requestID
    }

    package static let service = AuditActor(tenantID: nil, principalID: nil, name: "service")
}

/// One line of the audit log.
package struct AuditEntry: Sendable, Hashable {
    package let id: UUID
    /// Whose log it stands in: the tenant that was changed; nil for what concerns no tenant.
    package let tenantID: UUID?
    package let actor: AuditActor
    package let action: AuditAction
    /// `key/ID`, `secret/NAME`, `execution/ID`, …
    package let target: String?
    /// What changed, never a secret.
    package let detail: JSONValue
    package let createdAt: Date
}

extension AuditEntry {
    init(_ row: Row) throws(StorageError) {
        id = try row.get("id")
        tenantID = try row.optional("tenant_id")
        actor = AuditActor(
            tenantID: nil, principalID: try row.optional("principal_id"), name: try row.get("actor"),
            requestID: try row.optional("request_id"))
        action = try row.get("action")
        target = try row.optional("target")
        detail = try row.get("detail")
        createdAt = try row.get("created_at")
    }
}
