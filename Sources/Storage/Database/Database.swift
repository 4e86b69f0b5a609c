/// A SQL database as the stores see it: a driver (SQLite, PostgreSQL) conforms, the stores are written once.
///
/// Bodies run on the driver's own threads, never on the cooperative pool, and must not wait for anything else.
/// Everything throws `StorageError`, or what the body throws, or `CancellationError`; a body that throws is rolled
/// back.
package protocol Database: Sendable {
    var dialect: Dialect { get }

    /// Reads from one consistent snapshot; several run at once.
    func read<Result: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> Result) async throws -> Result

    /// One transaction; committed when the body returns.
    ///
    /// On SQLite it holds the write lock from its first statement on. On PostgreSQL others write meanwhile (read
    /// committed): decide by the rows that a conditional statement changed, or take `Connection.lock`. The body may
    /// run again after a deadlock, so it must have no effect but its statements.
    @discardableResult
    func write<Result: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> Result) async throws -> Result

    /// What any process notifies from now on, ourselves included, once it is committed.
    func notifications() -> AsyncStream<DatabaseNotification>
}

/// A connection inside a transaction; valid only during the body that received it.
package protocol Connection {
    var dialect: Dialect { get }

    /// Placeholders are `?` in every dialect; the driver numbers them where its database wants that.
    func query(_ sql: String, values: [DatabaseValue]) throws -> [Row]

    /// Returns the number of rows changed.
    @discardableResult
    func execute(_ sql: String, values: [DatabaseValue]) throws -> Int

    /// As `execute`, for a statement whose outcome nobody asks for: it may travel with the next one or with the commit, in
    /// one journey to the server, and its failure is thrown there. To be used where that is measured to matter.
    func enqueue(_ sql: String, values: [DatabaseValue]) throws

    /// Several statements without values: migrations.
    func script(_ sql: String) throws

    /// Holds a named lock from the next statement on, which waits for whoever holds it, until the transaction ends. On SQLite
    /// the transaction holds the only lock there is already.
    func lock(_ name: String) throws

    /// Wakes who listens to the channel, in every process, once this transaction is committed. For writes only; the
    /// payload is an identifier, `DatabaseNotification.payloadLimit` bytes at most.
    func notify(_ channel: NotificationChannel, _ payload: String) throws
}

extension Connection {
    package func query(_ sql: String, _ values: [(any DatabaseConvertible)?] = []) throws -> [Row] {
        try query(sql, values: values.map { try $0?.databaseValue ?? .null })
    }

    @discardableResult
    package func execute(_ sql: String, _ values: [(any DatabaseConvertible)?] = []) throws -> Int {
        try execute(sql, values: values.map { try $0?.databaseValue ?? .null })
    }

    package func enqueue(_ sql: String, _ values: [(any DatabaseConvertible)?] = []) throws {
        try enqueue(sql, values: values.map { try $0?.databaseValue ?? .null })
    }
}
