import Foundation
import Logging
package import Storage
package import StoragePostgres
import StorageSQLite
import Synchronization
import Testing

/// The databases that everything must work on.
package enum Backend: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// SQLite in memory.
    case memory
    /// SQLite in a file.
    case file
    case postgresql

    package var testDescription: String { self == .postgresql ? "PostgreSQL" : "SQLite, \(rawValue)" }

    package var dialect: Dialect { self == .postgresql ? .postgresql : .sqlite }

    /// A migrated, empty database.
    package func with(_ body: (any Database) async throws -> Void) async throws {
        switch self {
        case .memory:
            let database = try SQLiteDatabase.inMemory()
            try await Migrator().migrate(database)
            try await body(database)
        case .file:
            try await withTemporaryFolder { folder in
                let database = try SQLiteDatabase(file: folder.appendingPathComponent("service.db"))
                try await Migrator().migrate(database)
                try await body(database)
            }
        case .postgresql:
            let server = try await PostgresServer.shared()
            try await server.withDatabase(template: server.migratedTemplate()) { url in
                let database = try PostgresDatabase(url: url)
                defer { database.close() }
                try await body(database)
            }
        }
    }

    /// A migrated, empty database that any process can open: where it is.
    package func withLocation(_ body: (String) async throws -> Void) async throws {
        switch self {
        case .memory, .file:
            try await withTemporaryFolder { folder in
                let file = folder.appendingPathComponent("service.db")
                try await Migrator().migrate(SQLiteDatabase(file: file))
                try await body(file.path)
            }
        case .postgresql:
            let server = try await PostgresServer.shared()
            try await server.withDatabase(template: server.migratedTemplate(), body)
        }
    }

    /// Closed when the process ends.
    package static func open(_ location: String) throws -> any Database {
        guard location.hasPrefix("postgresql:") else {
            return try SQLiteDatabase(file: URL(fileURLWithPath: location))
        }
        return try PostgresDatabase(url: location)
    }

    /// Two values on one empty database, not migrated: what two processes have.
    package func withTwo(_ body: (any Database, any Database) async throws -> Void) async throws {
        switch self {
        case .memory, .file:
            try await withTemporaryFolder { folder in
                let file = folder.appendingPathComponent("service.db")
                try await body(SQLiteDatabase(file: file), SQLiteDatabase(file: file))
            }
        case .postgresql:
            try await PostgresServer.shared().withDatabase { url in
                let (one, other) = (try PostgresDatabase(url: url), try PostgresDatabase(url: url))
                defer { for database in [one, other] { database.close() } }
                try await body(one, other)
            }
        }
    }
}

/// An empty, migrated database of the kind that `TEST_DATABASE` asks for (SQLite in memory, or `postgresql`), for as
/// long as somebody holds it.
package func makeTestDatabase() async throws -> any Database {
    guard ProcessInfo.processInfo.environment["TEST_DATABASE"] == Backend.postgresql.rawValue else {
        let database = try SQLiteDatabase.inMemory()
        try await Migrator().migrate(database)
        return database
    }
    let server = try await PostgresServer.shared()
    return try await PostgresDatabase(url: server.url(server.makeDatabase(template: server.migratedTemplate())))
}

extension PostgresDatabase {
    /// Says nothing of what tests provoke.
    package convenience init(url: String, _ change: (inout PostgresConfiguration) -> Void = { _ in }) throws {
        var configuration = try PostgresConfiguration(url: url)
        change(&configuration)
        self.init(configuration, logger: Logger(label: "postgresql") { _ in SwiftLogNoOpLogHandler() })
    }
}

extension PostgresServer {
    /// Around `body`, which gets the URL of an empty database or of a copy.
    package func withDatabase<Result>(
        template: String = "template0", _ body: (String) async throws -> Result
    ) async throws -> Result {
        let name = try await makeDatabase(template: template)
        do {
            let result = try await body(url(name))
            try await drop(name)
            return result
        } catch {
            try? await drop(name)
            throw error
        }
    }

    private static let template = Mutex<Task<String, any Error>?>(nil)

    /// The shared server's database with our schema, which the others copy.
    fileprivate func migratedTemplate() async throws -> String {
        let making = Self.template.withLock { task in
            let making =
                task
                ?? Task.detached {
                    let name = try await self.makeDatabase()
                    let database = try PostgresDatabase(url: self.url(name))
                    try await Migrator().migrate(database)
                    database.close()
                    // A template must have no connection left.
                    while try await !self.execute("SELECT 1 FROM pg_stat_activity WHERE datname = '\(name)'").isEmpty {
                        try await Task.sleep(for: .milliseconds(10))
                    }
                    return name
                }
            task = making
            return making
        }
        return try await making.value
    }
}
