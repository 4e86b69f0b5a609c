/// The result of `operation`, or `late` thrown once it has taken longer than `limit`.
///
/// It is cancelled then, and waited for: the limit holds for work that heeds cancellation.
package func within<Result: Sendable>(
    _ limit: Duration, else late: @autoclosure @escaping @Sendable () -> any Error,
    _ operation: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw late()
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw CancellationError() }
        return result
    }
}
