import Foundation
import Logging
import Storage
import StoragePostgres
import StorageSQLite

/// The database that the settings name: PostgreSQL under `database.url`, else SQLite in the data folder.
///
/// PostgreSQL is not asked yet. Throws `StorageError` for a file that cannot be used, `SettingsError` for an address that is
/// none.
func openDatabase(_ settings: Settings, logger: Logger) throws -> any Database {
    if let configuration = try PostgresConfiguration(settings) {
        return PostgresDatabase(configuration, logger: logger)
    }
    return try SQLiteDatabase(
        file: DataFolder.database(in: URL(filePath: settings.data, directoryHint: .isDirectory)))
}

extension PostgresConfiguration {
    /// nil where no address is set.
    init?(_ settings: Settings) throws(SettingsError) {
        guard let url = settings.databaseURL else { return nil }
        do {
            try self.init(url: url)
        } catch {
            throw SettingsError(problems: ["database.url: \(error.message)"])
        }
        maximumConnections = settings.databaseConnections
        statementTimeout = settings.databaseStatementTimeout
    }
}

/// Brings the database to our schema. One that is away is waited for, `database.startup_wait` at most: after a power
/// cut services start in any order.
func migrate(_ database: any Database, _ settings: Settings, logger: Logger) async throws {
    let patience = ContinuousClock.now + settings.databaseStartupWait
    while true {
        do {
            let applied = try await Migrator().migrate(database)
            if !applied.isEmpty {
                logger.notice("Database migrated", metadata: ["versions": "\(applied)"])
            }
            return
        } catch let error as StorageError where error.code == .unavailable && database.dialect == .postgresql {
            guard ContinuousClock.now < patience else { throw StartupError(error) }
            logger.warning("Waiting for the database", metadata: ["error": "\(error.debugDescription)"])
            try await Task.sleep(for: .seconds(1))
        } catch let error as StorageError {
            throw StartupError(error)
        }
    }
}

extension StartupError {
    /// With the cause, which the person who starts the service needs.
    init(_ error: StorageError) {
        self.init(error.cause.map { "\(error.message) (\($0))" } ?? error.message)
    }
}
