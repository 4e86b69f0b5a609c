import CLibPQ
import Storage

/// What the server or libpq said, for logs: the cause of a `StorageError`. Names no parameter and no password.
struct PostgresFailure: Error, CustomStringConvertible {
    /// Five characters of the server's; empty for what libpq says about a connection.
    let state: String
    let message: String

    /// Of an answer that says no.
    init(_ result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            code.asciiValue.flatMap { PQresultErrorField(result, Int32($0)) }.map { String(cString: $0) }
        }
        state = field("C") ?? ""
        message =
            (field("M") ?? "no message") + (field("n").map { " (constraint \($0))" } ?? "")
    }

    /// Of a connection that does not work.
    init(connection: OpaquePointer?) {
        state = ""
        message =
            connection.map { String(cString: PQerrorMessage($0)).split(separator: "\n").joined(separator: "; ") }
            ?? "out of memory"
    }

    init(_ message: String) {
        state = ""
        self.message = message
    }

    var description: String { state.isEmpty ? message : "\(state): \(message)" }

    /// The same transaction may succeed when it runs again: a deadlock, a serialization failure, a statement that was
    /// prepared before a migration.
    var isTransient: Bool {
        ["40001", "40P01"].contains(state)
            || (state == "0A000" && message.contains("cached plan")) || state == "26000"
    }

    /// The session is gone, or about to go.
    var isLoss: Bool { state.isEmpty || ["57P01", "57P02", "57P03"].contains(state) || state.hasPrefix("08") }
}

extension StorageError {
    /// By SQLSTATE. The message names no values; the cause, for logs, may.
    init(_ failure: PostgresFailure) {
        let (code, message): (Code, String) =
            switch failure.state {
            case "": (.unavailable, "The database cannot be reached.")
            case "23505": (.conflict, "This exists already.")
            case "23503": (.constraint, "Something that this refers to does not exist.")
            case "42804": (.constraint, "A value breaks a rule of the database's schema.")
            case "22021", "22P05": (.invalidText, "A text holds a character that cannot be stored.")
            case "53100": (.unavailable, "The database's disk is full.")
            case "25006": (.unavailable, "The database takes no writes.")
            case "53300", "53200", "55P03", "57014", "40001", "40P01":
                (.busy, "The database was busy for too long. Try again.")
            case "28000", "28P01", "3D000", "42501", "3F000":
                (.refused, "The database refuses us: check its name, the user, the password and the user's rights.")
            default:
                switch failure.state.prefix(2) {
                case "22", "23": (.constraint, "A value breaks a rule of the database's schema.")
                case "54": (.tooLarge, "A value is too large for the database.")
                case "08", "53", "57", "58": (.unavailable, "The database cannot be reached.")
                default: (.internal, "The database refused a statement.")
                }
            }
        self.init(code, message, cause: failure)
    }
}
