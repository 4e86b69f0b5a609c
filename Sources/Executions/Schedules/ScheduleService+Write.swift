package import Foundation
import JSON
import Logging
package import Storage
import Templates
import Temporal
import Worker

extension ScheduleService {
    /// Accepts a schedule. Once the row is there it is promised: what Temporal does not have yet, `settle` gives it.
    package func create(
        _ name: String, _ request: ScheduleRequest, paused: Bool, for caller: Principal
    ) async throws -> ScheduleDetails {
        let template = try await template(request, tenant: caller.tenant.id)
        let row: StoredSchedule
        do {
            row = try await store.insert(
                NewSchedule(
                    tenantID: caller.tenant.id, name: name, template: template.name, templateVersion: request.version,
                    input: request.input, aiEnhanced: request.aiEnhanced, tags: request.tags, spec: request.rules.json,
                    isPaused: paused, createdBy: caller.id))
        } catch let error as StorageError where error.code == .conflict {
            throw ScheduleError(
                .scheduleExists, "Schedule exists",
                "There is a schedule \(name.debugDescription) already, or one that is being deleted.")
        } catch let error as StorageError where error.code == .tooLarge {
            throw ScheduleError(.tooManySchedules, "Too many schedules", error.message)
        }
        do {
            try await settle(row)
        } catch let error as TemporalError where error.code == .invalidArgument {
            try await store.remove(row.id)
            throw Self.refused(error)
        } catch {
            logger.warning("A schedule is made later", metadata: ["schedule": "\(row.id)", "error": "\(error)"])
        }
        return try await get(name, of: caller.tenant.id)
    }

    /// Replaces what a schedule starts and when; whether it is paused stays.
    package func update(
        _ name: String, of tenant: UUID, _ change: (StoredSchedule) throws -> ScheduleRequest
    ) async throws -> ScheduleDetails {
        var row = try await row(name, of: tenant)
        var before = row
        let request = try change(row)
        let template = try await template(request, tenant: tenant)
        row.template = template.name
        row.templateVersion = request.version
        row.input = request.input
        row.aiEnhanced = request.aiEnhanced
        row.tags = request.tags
        row.spec = request.rules.json
        guard let updated = try await store.update(row) else {
            throw ScheduleError(
                .scheduleChanged, "Schedule changed", "The schedule was changed meanwhile; read it and try again.")
        }
        do {
            try await settle(updated)
        } catch let error as TemporalError where error.code == .invalidArgument {
            // Nobody has changed it since: it goes back to what Temporal has.
            before.updatedAt = updated.updatedAt
            if let restored = try await store.update(before) { try? await settle(restored) }
            throw Self.refused(error)
        } catch {
            logger.warning("A schedule is changed later", metadata: ["schedule": "\(row.id)", "error": "\(error)"])
        }
        return try await get(name, of: tenant)
    }

    private static func refused(_ error: TemporalError) -> ExecutionError {
        ExecutionError(.invalidInput, "Invalid schedule", "Temporal refuses the schedule: \(error.message)")
    }

    /// From the commit on the schedule is gone for its tenant; Temporal may start once more until it knows.
    package func delete(_ name: String, of tenant: UUID) async throws {
        guard let before = try await store.markDeleting(name, tenant: tenant), before.status != .deleting else {
            throw Self.unknown(name)
        }
        do {
            try await withPatience { try await remove(before) }
        } catch {
            logger.warning("A schedule is deleted later", metadata: ["schedule": "\(before.id)", "error": "\(error)"])
        }
    }

    /// Gives Temporal what the row says; the same again changes nothing.
    func settle(_ row: StoredSchedule) async throws {
        if row.status == .deleting { return try await remove(row) }
        guard let tenant = try await tenants.get(row.tenantID) else { return }
        let schedule = try schedule(row, tier: tenant.tier)
        try await withPatience {
            do {
                try await temporal.createSchedule(
                    row.temporalID, schedule,
                    searchAttributes: ["TenantId": .keyword(row.tenantID.text)])
            } catch let error as TemporalError where error.code == .alreadyExists {
                // Made before, by a creation whose reply was lost: it is as the row says.
                guard row.updatedAt > row.createdAt else { return }
                var next = schedule
                next.isPaused = try await temporal.describeSchedule(row.temporalID).schedule.isPaused
                try await temporal.updateSchedule(row.temporalID, next)
            }
        }
        if try await store.markActive(row) { return }
        // Deleted while it was made: whoever deleted it may have found nothing.
        if try await store.get(id: row.id, tenant: row.tenantID) == nil { try await deleteInTemporal(row) }
    }

    private func remove(_ row: StoredSchedule) async throws {
        try await deleteInTemporal(row)
        // A creation may be under way, of a caller whose process is about to die: it is looked at again later.
        guard row.status == .active || row.updatedAt.timeIntervalSinceNow < -Self.creationTime else { return }
        try await store.remove(row.id)
    }

    /// Longer than any call that makes a schedule takes, in seconds.
    private static let creationTime = 60.0

    private func deleteInTemporal(_ row: StoredSchedule) async throws {
        do {
            try await temporal.deleteSchedule(row.temporalID)
        } catch {
            guard error.code == .notFound else { throw error }
        }
    }

    /// The template that a start would take now, with the input checked against its parameters.
    private func template(_ request: ScheduleRequest, tenant: UUID) async throws -> WorkflowTemplate {
        guard
            let template = try await templates.template(named: request.template, version: request.version, for: tenant)
        else {
            let message =
                "there is no template \(request.template.prefix(100).debugDescription)"
                + (request.version.map { " of version \($0.prefix(50).debugDescription)" } ?? "")
                + "; see GET /workflows/templates"
            throw ExecutionError(
                .invalidInput, "Unknown template", "The schedule cannot be used: \(message).",
                violations: [.init(pointer: "/template", message: message)])
        }
        _ = try template.checkedInput(request.input)
        var start = ExecuteRequest(template: template.name, input: request.input, aiEnhanced: request.aiEnhanced)
        start.tags = request.tags
        try start.check()
        return template
    }

    private func schedule(_ row: StoredSchedule, tier: Tier) throws -> Schedule {
        let rules = try ScheduleRules(row.spec)
        let tenant = row.tenantID.text
        var action = StartWorkflowRequest(
            workflowID: row.temporalID, workflowType: row.template, taskQueue: taskQueue,
            input: [
                .json(row.input),
                .json([
                    "version": row.templateVersion.map { .string($0) } ?? .null, "ai_enhanced": .bool(row.aiEnhanced),
                    "tags": .array(row.tags.map { .string($0) }),
                    "schedule_id": .string(row.id.text),
                ]),
            ])
        action.taskTimeout = ExecutionService.taskTimeout
        action.searchAttributes = [
            "TenantId": .keyword(tenant), "Tier": .keyword(tier.rawValue), "Template": .keyword(row.template),
            "AIEnhanced": .bool(row.aiEnhanced),
        ]
        action.priority = Priority(key: tier.priorityKey, fairnessKey: tenant)
        action.summary = "schedule \(row.name)"
        var schedule = Schedule(rules.spec, action: action)
        schedule.policies = rules.policies
        schedule.note = rules.note
        schedule.remainingActions = rules.maxRuns
        schedule.isPaused = row.pausedAt != nil
        return schedule
    }
}
