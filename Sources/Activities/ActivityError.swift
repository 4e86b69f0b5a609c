package import JSON

/// Why an activity failed, in the terms of the workflow language's errors.
///
/// `detail` is safe to show to the tenant.
package struct ActivityError: Error, Sendable, CustomStringConvertible {
    /// Last segment of the error's type: `communication`, `validation`, `authorization`, `timeout`, `runtime`, …
    package var type: String
    package var status: Int
    package var title: String
    package var detail: String
    package var isRetryable: Bool
    /// Seconds to wait before the next attempt, where the other side said so.
    package var retryAfter: Duration?

    package init(
        type: String, status: Int, title: String, detail: String, isRetryable: Bool, retryAfter: Duration? = nil
    ) {
        self.type = type
        self.status = status
        self.title = title
        self.detail = detail
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
    }

    /// The input is wrong: another attempt would be wrong too.
    package static func invalidInput(_ detail: String) -> ActivityError {
        ActivityError(type: "validation", status: 400, title: "Invalid input", detail: detail, isRetryable: false)
    }

    package var description: String { "\(title): \(detail)" }

    /// The specification's error document without `instance`, which the engine knows.
    package var document: JSONValue {
        [
            "type": .string("https://open-workflow-specification.org/spec/1.0.0/errors/\(type)"),
            "status": .integer(Int64(status)),
            "title": .string(title), "detail": .string(detail),
        ]
    }
}
