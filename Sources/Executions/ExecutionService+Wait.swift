package import Foundation
import Storage

extension ExecutionService {
    /// Returns when the execution has closed, or after `duration` as it stands then.
    package func wait(for id: UUID, of tenant: UUID, atMost duration: Duration) async throws -> ExecutionDetails {
        // What does not begin within that time cannot end within it.
        let start = try await row(id, of: tenant).summary.startAt ?? .distantPast
        guard start.timeIntervalSinceNow < duration / .seconds(1) else { return try await get(id, of: tenant) }
        let end = ContinuousClock.now + duration
        let changes = waiters.changes(of: id)
        let closed = try await withThrowingTaskGroup(of: ExecutionDetails?.self) { group in
            group.addTask {
                if let details = try await closedDetails(id, of: tenant) { return details }
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
