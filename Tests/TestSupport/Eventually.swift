package import Testing

/// Waits until `condition` holds and records an issue at the caller's line when it does not in time.
package func eventually(
    timeout: Duration = .seconds(10), every interval: Duration = .milliseconds(20), _ what: Comment? = nil,
    isolation: isolated (any Actor)? = #isolation, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + timeout
    while true {
        if try await condition() { return }
        guard ContinuousClock.now < deadline else {
            Issue.record(what ?? "did not happen within \(timeout)", sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: interval)
    }
}
