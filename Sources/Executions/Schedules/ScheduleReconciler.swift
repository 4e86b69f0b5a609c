import Foundation
package import Logging
import ServiceLifecycle
package import Storage

/// Gives Temporal the schedules that a crash or a cut left untold, and takes away the deleted ones. One process at a time.
package struct ScheduleReconciler: Service {
    private let schedules: ScheduleService
    private let lease: Leased
    private let interval: Duration
    private let logger: Logger

    /// - Parameter interval: between two rounds; rows younger than that are left to those who work on them.
    package init(
        schedules: ScheduleService, leases: LeaseStore, interval: Duration = .seconds(5), logger: Logger
    ) {
        self.schedules = schedules
        lease = Leased("schedules", leases: leases, logger: logger)
        self.interval = interval
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await lease.run(every: interval) { try await round() }
        }
    }

    /// All of them, once each: those that Temporal refuses hold up no other, however many they are.
    package func round() async throws {
        let before = Date().addingTimeInterval(-(interval / .seconds(1)))
        var last: StoredSchedule?
        repeat {
            let rows = try await schedules.store.unsettled(before: before, after: last)
            for row in rows { try await settle(row) }
            last = rows.last
        } while last != nil
    }

    private func settle(_ row: StoredSchedule) async throws {
        try Task.checkCancellation()
        do {
            try await schedules.settle(row)
        } catch {
            if error is CancellationError { throw error }
            logger.warning(
                "A schedule is not as it should be; it is tried again",
                metadata: ["schedule": "\(row.id)", "error": "\(error)"])
        }
    }
}
