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
        /// The server does not let us in, or is set up in a way that we cannot use: waiting does not help.
        case refused
        /// The connection was lost while a transaction was committed: it may be stored or not. Whoever repeats it
        /// must be safe either way; everything we store is (ids are given by us, changes are conditional).
        case outcomeUnknown
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

    /// The same may succeed later.
    package var isPassing: Bool {
        switch code {
        case .busy, .unavailable, .outcomeUnknown: true
        default: false
        }
    }

    package var description: String { message }

    /// With the cause: for logs, not for tenants.
    package var debugDescription: String {
        "\(code.rawValue): \(message)" + (cause.map { " (\($0))" } ?? "")
    }
}
