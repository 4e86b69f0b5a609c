import Foundation

/// Who may do what only one process should do at a time. Times are the database's, so that the clocks of processes need
/// not agree.
///
/// A lease keeps work from being done twice; nothing may be wrong when it is: a process that was stopped for longer than
/// its lease does not know that another has it.
package struct LeaseStore: Sendable {
    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// Takes a lease that is free or over, or prolongs the holder's own. Returns whether it is held now.
    package func acquire(_ name: String, holder: String, for duration: Duration) async throws -> Bool {
        try await database.write { connection in
            let now = try connection.now()
            return try connection.execute(
                """
                INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
                WHERE leases.holder = excluded.holder OR leases.expires_at <= ?
                """,
                [name, holder, now.addingTimeInterval(duration / .seconds(1)), now]
            ) == 1
        }
    }

    /// Prolongs a lease that is still this holder's, also one that is over and nobody took. Returns false once another
    /// has it.
    package func renew(_ name: String, holder: String, for duration: Duration) async throws -> Bool {
        try await database.write { connection in
            let end = try connection.now().addingTimeInterval(duration / .seconds(1))
            return try connection.execute(
                "UPDATE leases SET expires_at = ? WHERE name = ? AND holder = ?", [end, name, holder]
            ) == 1
        }
    }

    /// Gives it up, so that another may take it at once. Does nothing to another's.
    package func release(_ name: String, holder: String) async throws {
        try await database.write { connection in
            try connection.execute("DELETE FROM leases WHERE name = ? AND holder = ?", [name, holder])
        }
    }

    /// The holder of a lease that is not over.
    package func holder(of name: String) async throws -> String? {
        try await database.read { connection in
            try connection.query(
                "SELECT holder FROM leases WHERE name = ? AND expires_at > ?", [name, try connection.now()]
            ).first?.get("holder")
        }
    }
}

extension Connection {
    /// The database's clock. SQLite's is this machine's, which all processes of a file share.
    func now() throws -> Date {
        guard dialect == .postgresql else { return Date() }
        let rows = try query("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS now")
        guard let row = rows.first else { throw StorageError(.internal, "The database has no time.") }
        return try row.get("now")
    }
}
