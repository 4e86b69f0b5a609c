import Foundation
package import JSON
package import Logging
package import Storage
package import Templates
package import Temporal

/// What a tenant does with its schedules: the row is the outbox, Temporal keeps the time. One file a verb.
package struct ScheduleService: Sendable {
    let store: ScheduleStore
    let tenants: TenantStore
    let templates: TemplateRegistry
    let temporal: TemporalClient
    let taskQueue: String
    let logger: Logger

    package init(
        store: ScheduleStore, tenants: TenantStore, templates: TemplateRegistry, temporal: TemporalClient,
        taskQueue: String, logger: Logger
    ) {
        self.store = store
        self.tenants = tenants
        self.templates = templates
        self.temporal = temporal
        self.taskQueue = taskQueue
        self.logger = logger
    }

    func row(_ name: String, of tenant: UUID) async throws -> StoredSchedule {
        guard let row = try await store.get(name, tenant: tenant), row.status != .deleting else {
            throw Self.unknown(name)
        }
        return row
    }

    static func unknown(_ name: String) -> ScheduleError {
        ScheduleError(
            .unknownSchedule, "Unknown schedule",
            "There is no schedule \(name.prefix(255).debugDescription) of this tenant.")
    }

    /// What Temporal answers, as the caller of a change that is not promised is told it.
    func asking<Result: Sendable>(
        _ name: String, _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        do {
            return try await withPatience(operation)
        } catch let error as TemporalError {
            if error.code == .notFound {
                throw ScheduleError(
                    .scheduleNotReady, "Schedule not ready",
                    "Temporal does not have the schedule \(name) yet, or no longer. Try again in some seconds.")
            }
            guard error.isRetryable else { throw error }
            throw ExecutionError(
                .temporalUnavailable, "Temporal unavailable",
                "Temporal does not answer; nothing may be changed. Try again.")
        }
    }
}

extension StoredSchedule {
    /// The schedule's id in Temporal, and the beginning of the ids of the workflows that it starts. The tenant's id makes
    /// it nobody else's, the row's id makes a name that is used again another schedule.
    var temporalID: String { "\(tenantID.text).\(id.text)" }
}

/// What a caller says about a schedule.
package struct ScheduleRequest: Sendable {
    package var template: String
    package var version: String?
    package var input: JSONValue
    package var aiEnhanced: Bool
    package var tags: [String]
    package var rules: ScheduleRules

    package init(
        template: String, version: String? = nil, input: JSONValue, aiEnhanced: Bool, tags: [String],
        rules: ScheduleRules
    ) {
        self.template = template
        self.version = version
        self.input = input
        self.aiEnhanced = aiEnhanced
        self.tags = tags
        self.rules = rules
    }
}
