/// A SQL database as the stores see it: a driver (SQLite, PostgreSQL) conforms, the stores are written once.
///
/// Bodies run on the driver's own threads, never on the cooperative pool, and must not wait for anything else.
/// Everything throws `StorageError`, or what the body throws, or `CancellationError`; a body that throws is rolled
/// back.
package protocol Database: Sendable {
    var dialect: Dialect { get }

    /// Reads from one consistent snapshot; several run at once.
    func read<Result: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> Result) async throws -> Result

    /// One transaction that holds the write lock from its first statement to its commit.
    @discardableResult
    func write<Result: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> Result) async throws -> Result
}

/// A connection inside a transaction; valid only during the body that received it.
package protocol Connection {
    var dialect: Dialect { get }

    /// Placeholders are `?` in every dialect; the driver numbers them where its database wants that.
    func query(_ sql: String, values: [DatabaseValue]) throws -> [Row]

    /// Returns the number of rows changed.
    @discardableResult
    func execute(_ sql: String, values: [DatabaseValue]) throws -> Int

    /// Several statements without values: migrations.
    func script(_ sql: String) throws
}

extension Connection {
    package func query(_ sql: String, _ values: [(any DatabaseConvertible)?] = []) throws -> [Row] {
        try query(sql, values: values.map { try $0?.databaseValue ?? .null })
    }

    @discardableResult
    package func execute(_ sql: String, _ values: [(any DatabaseConvertible)?] = []) throws -> Int {
        try execute(sql, values: values.map { try $0?.databaseValue ?? .null })
    }
}
