/// Whose payloads the present task encodes: a codec that stores them elsewhere keeps those of a workflow together, so that
/// they can go with it.
package enum PayloadOwner {
    /// nil outside of any workflow.
    @TaskLocal package static var workflowID: String?
}

extension PayloadOwner {
    static func with<Result: Sendable>(
        _ workflowID: String, _ work: () async throws(TemporalError) -> Result
    ) async throws(TemporalError) -> Result {
        let result: Swift.Result<Result, TemporalError> = await $workflowID.withValue(workflowID) {
            do throws(TemporalError) {
                return .success(try await work())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
