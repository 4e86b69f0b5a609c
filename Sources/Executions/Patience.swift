import Storage
import Temporal

/// How long a request waits for Temporal before it is answered without: 3 s.
///
/// The calls themselves are retried longer; a Temporal that hangs would hold its callers for half a minute.
let patience = Duration.seconds(3)

/// The result of `operation`, which is cancelled when it takes longer than `patience`.
///
/// - Throws: what `operation` throws, or `TemporalError` with `deadlineExceeded`.
func withPatience<Result: Sendable>(_ operation: @escaping @Sendable () async throws -> Result) async throws -> Result {
    try await within(
        patience, else: TemporalError(.deadlineExceeded, "Temporal did not answer within \(patience)."), operation)
}

extension CallPolicy {
    /// One call that takes no longer than `patience`, retries included.
    static let patient = CallPolicy(attempt: patience, total: patience)
}
