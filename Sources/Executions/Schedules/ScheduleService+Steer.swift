package import Foundation
import Storage
import Temporal

/// What is done to a schedule at once or not at all: these are not promised while Temporal is away.
extension ScheduleService {
    package func pause(_ name: String, of tenant: UUID, note: String) async throws -> ScheduleDetails {
        let row = try await row(name, of: tenant)
        try await asking(name) { try await temporal.pauseSchedule(row.temporalID, note: note) }
        try await store.note(paused: row.pausedAt ?? Date(), row.id)
        return try await shown(row, of: tenant, paused: true)
    }

    package func resume(_ name: String, of tenant: UUID, note: String) async throws -> ScheduleDetails {
        let row = try await row(name, of: tenant)
        try await asking(name) { try await temporal.unpauseSchedule(row.temporalID, note: note) }
        try await store.note(paused: nil, row.id)
        return try await shown(row, of: tenant, paused: false)
    }

    /// Starts the template now, besides its times and also when it is paused.
    ///
    /// - Parameter overlap: when another run is open; nil: as the schedule says.
    package func run(_ name: String, of tenant: UUID, overlap: String?) async throws {
        let row = try await row(name, of: tenant)
        var policy: Schedule.Overlap?
        if let overlap {
            guard let known = Schedule.Overlap.named(overlap) else {
                let message = "overlap is one of \(Schedule.Overlap.names.joined(separator: ", "))"
                throw ExecutionError(
                    .invalidInput, "Invalid overlap", message,
                    violations: [.init(pointer: "/overlap", message: message)])
            }
            policy = known
        }
        let asked = policy
        try await asking(name) { try await temporal.triggerSchedule(row.temporalID, overlap: asked) }
    }

    /// Temporal takes a patch before its description shows it.
    private func shown(_ row: StoredSchedule, of tenant: UUID, paused: Bool) async throws -> ScheduleDetails {
        for _ in 0..<20 {
            let live = try? await withPatience { try await temporal.describeSchedule(row.temporalID) }
            guard let live, live.schedule.isPaused != paused else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try await get(row.name, of: tenant)
    }
}
