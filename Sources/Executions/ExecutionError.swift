/// Why a request about an execution cannot be met; the message is safe to show to the tenant.
package struct ExecutionError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case unknownTemplate = "unknown_template"
        case invalidInput = "invalid_input"
        case unknownExecution = "unknown_execution"
        case notRunning = "not_running"
        case invalidRequest = "invalid_request"
        /// The key came with another request before.
        case idempotencyKeyReused = "idempotency_key_reused"
        /// The first request with the key is still being accepted.
        case requestInProgress = "request_in_progress"
        /// It waits for its time, or was started by an engine that cannot pause.
        case cannotBePaused = "cannot_be_paused"
        case unknownHistory = "unknown_history"
        case tooManyStreams = "too_many_streams"
        case temporalUnavailable = "temporal_unavailable"
        case unreadablePayload = "unreadable_payload"
    }

    package struct Violation: Sendable, Hashable {
        /// Where in the input (JSON Pointer from the request body's root).
        package var pointer: String
        package var message: String
    }

    package var code: Code
    package var title: String
    package var message: String
    package var violations: [Violation]

    init(_ code: Code, _ title: String, _ message: String, violations: [Violation] = []) {
        self.code = code
        self.title = title
        self.message = message
        self.violations = violations
    }

    package var description: String { message }

    static func unknownExecution(_ id: String) -> ExecutionError {
        ExecutionError(.unknownExecution, "Unknown execution", "There is no execution \(id) of this tenant.")
    }
}
