package import Foundation
package import JSON

/// A row of `schedules`: what a tenant wants to be started when. The row is the outbox; Temporal keeps the time.
package struct StoredSchedule: Sendable, Hashable {
    package enum Status: String, Sendable, DatabaseConvertible {
        /// Temporal does not have it yet, or not as it is here.
        case pending
        case active
        case deleting
    }

    package let id: UUID
    package let tenantID: UUID
    /// Unique within the tenant.
    package let name: String
    /// The template's name.
    package var template: String
    /// nil: the highest when a start is due.
    package var templateVersion: String?
    package var input: JSONValue
    package var aiEnhanced: Bool
    package var tags: [String]
    /// When, and what happens when two starts meet; the room `Executions` reads it.
    package var spec: JSONValue
    package let status: Status
    /// As last known; Temporal may have paused it since.
    package let pausedAt: Date?
    package let createdBy: UUID
    package let createdAt: Date
    /// Of the last change to what is above the status; names that version of the row.
    package var updatedAt: Date
}

/// A schedule to be kept.
package struct NewSchedule: Sendable {
    package var tenantID: UUID
    package var name: String
    package var template: String
    package var templateVersion: String?
    package var input: JSONValue
    package var aiEnhanced: Bool
    package var tags: [String]
    package var spec: JSONValue
    package var isPaused: Bool
    package var createdBy: UUID

    package init(
        tenantID: UUID, name: String, template: String, templateVersion: String? = nil, input: JSONValue = [:],
        aiEnhanced: Bool = false, tags: [String] = [], spec: JSONValue, isPaused: Bool = false, createdBy: UUID
    ) {
        self.tenantID = tenantID
        self.name = name
        self.template = template
        self.templateVersion = templateVersion
        self.input = input
        self.aiEnhanced = aiEnhanced
        self.tags = tags
        self.spec = spec
        self.isPaused = isPaused
        self.createdBy = createdBy
    }
}

/// A start that a schedule made, as its execution's row tells it.
package struct ScheduledExecution: Sendable, Hashable {
    package let id: UUID
    package let temporalWorkflowID: String
    package let status: ExecutionStatus
    package let startedAt: Date
    package let completedAt: Date?
}

extension StoredSchedule {
    init(_ row: Row) throws(StorageError) {
        id = try row.get("id")
        tenantID = try row.get("tenant_id")
        name = try row.get("name")
        template = try row.get("template")
        templateVersion = try row.optional("template_version")
        input = try row.get("input")
        aiEnhanced = try row.get("ai_enhanced")
        let tags: JSONValue = try row.get("tags")
        self.tags = (tags.array ?? []).compactMap(\.string)
        spec = try row.get("spec")
        status = try row.get("status")
        pausedAt = try row.optional("paused_at")
        createdBy = try row.get("created_by")
        createdAt = try row.get("created_at")
        updatedAt = try row.get("updated_at")
    }
}
