package import Foundation
import ServiceLifecycle
import Storage

extension ExecutionService {
    /// Returns when the execution has closed, or as it stands after `duration` or when the process is told to stop.
    package func wait(for id: UUID, of tenant: UUID, atMost duration: Duration) async throws -> ExecutionDetails {
        let end = ContinuousClock.now + duration
        // Before the row is read, so that no change falls between.
        let changes = waiters.changes(of: id)
        let row = try await row(id, of: tenant)
        guard row.status.isOpen else { return try await details(of: row) }
        let closed = try await withThrowingTaskGroup(of: ExecutionDetails?.self) { group in
            group.addTask {
                for await _ in changes {
                    if let details = try await closedDetails(id, of: tenant) { return details }
                }
                return nil
            }
            // A net, should a notification get lost.
            group.addTask {
                while ContinuousClock.now < end {
                    try await Task.sleep(for: min(Self.patienceBetweenLooks, ContinuousClock.now.duration(to: end)))
                    if let details = try await closedDetails(id, of: tenant) { return details }
                }
                return nil
            }
            group.addTask {
                try? await gracefulShutdown()
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        if let closed { return closed }
        return try await get(id, of: tenant)
    }

    private static let patienceBetweenLooks = Duration.seconds(2)

    private func closedDetails(_ id: UUID, of tenant: UUID) async throws -> ExecutionDetails? {
        let row = try await row(id, of: tenant)
        return row.status.isOpen ? nil : try await details(of: row)
    }
}
