/// Why a call to Temporal did not give its answer.
///
/// `message` is the server's or ours and safe to show to whom the workflow belongs.
package struct TemporalError: Error, Sendable {
    package enum Code: Sendable, Hashable {
        /// The workflow, run or namespace entry is not there, or the run is closed already.
        case notFound
        case namespaceNotFound
        /// A workflow of this id runs, or ran and may not be reused; its run.
        case alreadyStarted(runID: String)
        case alreadyExists
        case invalidArgument
        case failedPrecondition
        case permissionDenied
        case unauthenticated
        case resourceExhausted
        case unavailable
        case deadlineExceeded
        case cancelled
        case aborted
        case unimplemented
        /// The query's handler, or the machine behind it, failed.
        case queryFailed(Failure)
        /// The workflow's status is one that the query's condition excludes.
        case queryRejected(WorkflowStatus)
        /// The codec or the converter could not read or write a payload.
        case payload
        /// Before any call: an address, a TLS file or a setting cannot be used.
        case invalidConfiguration
        /// The server failed (`internal`, `unknown`, `dataLoss`).
        case server
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Whether the same call can succeed later.
    package var isRetryable: Bool {
        switch code {
        case .unavailable, .resourceExhausted, .aborted, .server, .deadlineExceeded: true
        default: false
        }
    }
}

extension TemporalError: CustomStringConvertible {
    package var description: String {
        if let cause = cause as? TemporalError { return "\(message) (\(cause.message))" }
        return message
    }
}
