import Storage

/// A session inside a transaction.
struct PostgresConnection: Connection {
    let session: Session
    let isReadOnly: Bool

    var dialect: Dialect { .postgresql }

    func query(_ sql: String, values: [DatabaseValue]) throws -> [Row] {
        try session.run(sql, values).rows()
    }

    func execute(_ sql: String, values: [DatabaseValue]) throws -> Int {
        try session.run(sql, values).changedRows
    }

    func enqueue(_ sql: String, values: [DatabaseValue]) throws {
        guard !isReadOnly else { throw StorageError(.internal, "A read enqueues nothing.") }
        try session.enqueue(sql, values)
    }

    /// Without the usual limit of time: a migration takes as long as its tables are large.
    func script(_ sql: String) throws {
        try session.simple("SET LOCAL statement_timeout = 0", isInterruptible: false)
        try session.simple(sql, timeout: .seconds(3600))
        try session.simple(
            "SET LOCAL statement_timeout = \(session.configuration.statementTimeout.milliseconds)",
            isInterruptible: false
        )
    }

    /// An advisory lock of the transaction. Two names share one in one of 2⁶⁴ cases, which costs a wait.
    func lock(_ name: String) throws {
        try session.enqueue("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", [try name.databaseValue])
    }

    func notify(_ channel: NotificationChannel, _ payload: String) throws {
        guard !isReadOnly else { throw StorageError(.internal, "A read cannot notify.") }
        guard payload.utf8.count <= DatabaseNotification.payloadLimit else {
            throw StorageError(.invalidText, "The payload of a notification is too long.")
        }
        let text = try "\(channel.rawValue) \(payload)".databaseValue
        try session.enqueue("SELECT pg_notify('\(Listener.channel)', ?)", [text])
    }
}
