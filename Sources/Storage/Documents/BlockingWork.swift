import Dispatch

/// Runs file work on threads of its own: an fsync on a cooperative thread would hold up everything else.
enum BlockingWork {
    private static let queue = DispatchQueue(label: "storage.files", attributes: .concurrent)

    static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result(catching: body)) }
        }
    }
}
