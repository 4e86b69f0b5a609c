package import Foundation
import GRDB
package import Storage

/// SQLite through GRDB: one writer, concurrent readers, on GRDB's threads.
///
/// Write-ahead log with `synchronous = NORMAL`: what is committed survives kill -9; a power loss may take the last
/// moments, never the file's integrity. Every write begins immediate, so a transaction never fails half-way for the
/// lock; another process's lock is waited for, five seconds at most.
package struct SQLiteDatabase: Storage.Database {
    private let writer: any DatabaseWriter
    private let hub: NotificationHub

    package var dialect: Dialect { .sqlite }

    /// Opens or creates the file. Throws `unavailable` for one that cannot be written, `corrupt` for no database.
    package init(file: URL) throws(StorageError) {
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true
            )
        } catch {
            throw StorageError(.unavailable, "The folder of the database cannot be made.", cause: error)
        }
        self.init(writer: try rethrowing { try DatabasePool(path: file.path, configuration: Self.configuration()) })
        // Opening reads nothing yet of a read-only or damaged file.
        try rethrowing {
            try writer.writeWithoutTransaction {
                try $0.execute(sql: "BEGIN IMMEDIATE; SELECT * FROM sqlite_schema; ROLLBACK")
            }
        }
    }

    private init(writer: any DatabaseWriter) {
        self.writer = writer
        hub = NotificationHub { await Self.watchForeignCommits(writer, $0) }
    }

    /// SQLite tells a connection only that another one has committed, so that is all we can tell.
    private static func watchForeignCommits(
        _ writer: any DatabaseWriter, _ deliver: @Sendable (DatabaseNotification) -> Void
    ) async {
        var known: Int64?
        while !Task.isCancelled {
            let version = try? await writer.writeWithoutTransaction {
                try Int64.fetchOne($0, sql: "PRAGMA data_version")
            }
            if let version, version != known {
                known = version
                deliver(.all)
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Gone with the value; for tests.
    package static func inMemory() throws(StorageError) -> SQLiteDatabase {
        try rethrowing { SQLiteDatabase(writer: try DatabaseQueue(configuration: configuration())) }
    }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.label = "storage.sqlite"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { database in
            // A statement's journal is a few pages: a temporary file for each insert would cost more than the insert.
            try database.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY")
        }
        return configuration
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result {
        do {
            return try await writer.read { try body(SQLiteConnection(database: $0)) }
        } catch let error as DatabaseError {
            throw StorageError(error)
        }
    }

    @discardableResult
    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Result
    ) async throws -> Result {
        do {
            let (result, notifications) = try await writer.write { database in
                let pending = PendingNotifications()
                let result = try body(SQLiteConnection(database: database, notifications: pending))
                return (result, pending.list)
            }
            hub.deliver(notifications)
            return result
        } catch let error as DatabaseError {
            throw StorageError(error)
        }
    }

    package func notifications() -> AsyncStream<DatabaseNotification> { hub.stream() }

    /// A copy as of one moment, while others read and write.
    package func backUp(to file: URL) async throws {
        do {
            try await writer.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [file.path]) }
        } catch let error as DatabaseError {
            throw StorageError(error)
        }
    }
}

private func rethrowing<Result>(_ body: () throws -> Result) throws(StorageError) -> Result {
    do {
        return try body()
    } catch let error as DatabaseError {
        throw StorageError(error)
    } catch {
        throw StorageError(.unavailable, "The database cannot be opened.", cause: error)
    }
}
