/// Why something could not be stored or read. The message names no values and may be shown to a tenant; `cause` is
/// for logs.
package struct StorageError: Error, CustomStringConvertible, CustomDebugStringConvertible {
    package enum Code: String, Sendable {
        /// A unique value exists already.
        case conflict
        /// A value breaks a rule of the schema.
        case constraint
        /// A text, a name or a time cannot be represented.
        case invalidText
        case invalidCursor
        case notFound
        case tooLarge
        /// Locked by another process for longer than we wait.
        case busy
        /// A tenant uses as much as it may; later there is room.
        case limitExceeded
        /// The disk, the folder or the server cannot be used.
        case unavailable
        /// The stored data is damaged, or was changed behind our back.
        case corrupt
        /// Written by a newer version of the service.
        case newerSchema
        case `internal`
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }

    /// With the cause: for logs, not for tenants.
    package var debugDescription: String {
        "\(code.rawValue): \(message)" + (cause.map { " (\($0))" } ?? "")
    }
}
