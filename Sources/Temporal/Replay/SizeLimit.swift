/// The server's bounds on what a workflow task may answer. Past them it would terminate the workflow or refuse the request
/// for ever, so the worker fails the workflow itself, with words.
package struct SizeLimit: Sendable {
    /// Bytes of the payloads of one command.
    package var command = 2 * 1024 * 1024
    /// Bytes of the whole request.
    package var request = 4 * 1024 * 1024 - 64 * 1024

    package init() {}

    static let failureType = "PayloadTooLarge"

    static func failure(_ message: String) -> Failure {
        .application(message, type: failureType, nonRetryable: true)
    }

    /// The failure by which a worker closed a run whose commands were too large.
    static func caused(_ failure: Failure) -> Bool {
        if case .application(failureType, true, _, _) = failure.kind { true } else { false }
    }
}
