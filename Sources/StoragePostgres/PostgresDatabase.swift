package import Logging
package import Storage

/// PostgreSQL through libpq: a pool of sessions, each on its own thread while it is used.
///
/// A read is one read-only snapshot (repeatable read); a write is read committed, and runs again after a deadlock or a
/// serialization failure. A transaction whose connection is lost before its commit runs once more, on another session.
package final class PostgresDatabase: Database {
    private let pool: ConnectionPool
    private let hub: NotificationHub

    package var dialect: Dialect { .postgresql }

    /// Connects to nothing yet.
    package init(_ configuration: PostgresConfiguration, logger: Logger) {
        pool = ConnectionPool(configuration, logger: logger)
        let listener = Listener(configuration: configuration, logger: logger)
        hub = NotificationHub { await listener.run($0) }
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result {
        try await perform(.read, body)
    }

    @discardableResult
    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result {
        try await perform(.write, body)
    }

    package func notifications() -> AsyncStream<DatabaseNotification> { hub.stream() }

    /// How many connections there are, and how many callers wait for one.
    package var connections: (inUse: Int, idle: Int, waiting: Int) { pool.counts }

    /// Closes the connections; every later call throws `unavailable`.
    package func close() { pool.close() }

    private func perform<Result: Sendable>(
        _ transaction: Transaction, _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result {
        let interrupt = Interrupt()
        return try await withTaskCancellationHandler {
            do {
                return try await pool.with(interrupt) { try transaction.run(body, on: $0) }
            } catch is Transaction.LostBeforeCommit {
                // The server has forgotten the transaction, or will.
                do {
                    return try await pool.with(interrupt) { try transaction.run(body, on: $0) }
                } catch let lost as Transaction.LostBeforeCommit {
                    throw lost.error
                }
            }
        } onCancel: {
            interrupt.fire()
        }
    }
}
