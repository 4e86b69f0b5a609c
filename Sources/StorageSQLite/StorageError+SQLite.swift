import GRDB
import Storage

extension StorageError {
    /// By SQLite's result code. The message names no values and no paths; the cause, for logs, may.
    init(_ error: DatabaseError) {
        let (code, message): (Code, String) =
            switch error.extendedResultCode {
            case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY:
                (.conflict, "This exists already.")
            case .SQLITE_CONSTRAINT_FOREIGNKEY:
                (.constraint, "Something that this refers to does not exist.")
            default:
                switch error.resultCode {
                case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH:
                    (.constraint, "A value breaks a rule of the database's schema.")
                case .SQLITE_BUSY, .SQLITE_LOCKED:
                    (.busy, "The database was locked for too long. Try again.")
                case .SQLITE_CORRUPT, .SQLITE_NOTADB:
                    (.corrupt, "The database file is damaged, or is no SQLite database. Restore it from a backup.")
                case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
                    (.unavailable, "The database file cannot be opened for writing. Check the folder's permissions.")
                case .SQLITE_FULL:
                    (.unavailable, "The disk is full.")
                case .SQLITE_IOERR:
                    (.unavailable, "The database file cannot be read or written.")
                case .SQLITE_TOOBIG:
                    (.tooLarge, "A value is too large for the database.")
                default:
                    (.internal, "The database refused a statement.")
                }
            }
        self.init(code, message, cause: error)
    }
}
