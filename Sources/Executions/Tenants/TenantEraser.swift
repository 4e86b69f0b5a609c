package import Foundation
package import Logging
import ServiceLifecycle
package import Storage
package import Temporal
package import Worker

/// Erases tenants that are marked for it: schedules and histories in Temporal, rows, documents, stored payloads. Everything
/// may be repeated, so a process that dies in between leaves only work for the next round, its own or another's.
package struct TenantEraser: Service {
    private let erasure: TenantErasure
    private let documents: DocumentStore
    private let histories: HistoryArchive
    private let payloads: LargePayloadCodec
    private let schedules: ScheduleStore
    private let temporal: TemporalClient
    private let lease: Leased
    private let interval: Duration
    private let logger: Logger

    /// Seconds from the mark before a tenant may be gone: what was under way then (a request, an activity) has ended, and
    /// has left nothing behind that nobody looks for any more.
    private static let settling: TimeInterval = 10

    package init(
        database: any Database, documents: DocumentStore, histories: HistoryArchive, payloads: LargePayloadCodec,
        temporal: TemporalClient,
        interval: Duration = .seconds(2), logger: Logger
    ) {
        erasure = TenantErasure(database)
        schedules = ScheduleStore(database)
        lease = Leased("erasure", leases: LeaseStore(database), logger: logger)
        self.documents = documents
        self.histories = histories
        self.payloads = payloads
        self.temporal = temporal
        self.interval = interval
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await lease.run(every: interval) { try await round() }
        }
    }

    /// One tenant that cannot be erased now holds up no other.
    package func round(now: Date = Date()) async throws {
        for tenant in try await erasure.pending() {
            try Task.checkCancellation()
            do {
                let isClean = try await erase(tenant.id)
                guard isClean, let begun = tenant.erasingAt, now.timeIntervalSince(begun) >= Self.settling else {
                    continue
                }
                if try await erasure.finish(tenant, now: now) {
                    logger.notice("A tenant is erased", metadata: ["id": "\(tenant.id)"])
                }
            } catch {
                if error is CancellationError { throw error }
                logger.warning(
                    "A tenant is not erased yet; it is tried again",
                    metadata: ["id": "\(tenant.id)", "error": "\(error)"])
            }
        }
    }

    /// Returns whether there was nothing left to erase.
    private func erase(_ tenant: UUID) async throws -> Bool {
        var isClean = try await eraseSchedules(of: tenant)
        while case let executions = try await erasure.executions(of: tenant), !executions.isEmpty {
            isClean = false
            for execution in executions {
                try Task.checkCancellation()
                try await forget { try await temporal.deleteWorkflow(workflowID: execution.workflowID) }
                try await payloads.erase(workflowID: execution.workflowID)
            }
            try await erasure.delete(executions: executions.map(\.id), of: tenant)
        }
        // Earlier runs of chains, and runs without a row: Temporal finds them by the tenant.
        let query = "TenantId = \(TemporalClient.visibilityLiteral(tenant.text))"
        for try await run in temporal.list(query) {
            try Task.checkCancellation()
            isClean = false
            try await forget { try await temporal.deleteWorkflow(workflowID: run.workflowID, runID: run.runID) }
            try await payloads.erase(workflowID: run.workflowID)
        }
        if try await erasure.deleteRows(of: tenant) > 0 { isClean = false }
        try await documents.erase(tenant: tenant)
        try await histories.erase(tenant: tenant)
        return isClean
    }

    private func eraseSchedules(of tenant: UUID) async throws -> Bool {
        var isClean = true
        while case let page = try await schedules.list(tenant: tenant, limit: 100), !page.schedules.isEmpty {
            isClean = false
            for schedule in page.schedules {
                try await forget { try await temporal.deleteSchedule(schedule.temporalID) }
                try await schedules.remove(schedule.id)
            }
        }
        return isClean
    }

    /// What is not there need not be deleted.
    private func forget(_ delete: () async throws -> Void) async throws {
        do {
            try await delete()
        } catch let error as TemporalError where error.code == .notFound {
            return
        }
    }
}
