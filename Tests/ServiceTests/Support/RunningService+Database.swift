import Foundation
import Storage
import StoragePostgres
import StorageSQLite
import TestSupport

/// `TEST_DATABASE=postgresql` gives each data folder's service a database of its own on the tests' PostgreSQL; without
/// it the services keep SQLite.
extension RunningService {
    static let usesPostgres = ProcessInfo.processInfo.environment["TEST_DATABASE"] == "postgresql"

    /// What leads a service on this folder to its database; made at the first call.
    static func databaseSettings(_ data: URL) async throws -> [String: String] {
        guard usesPostgres else { return [:] }
        let server = try await PostgresServer.shared()
        let name = databaseName(data)
        if try await server.execute("SELECT 1 FROM pg_database WHERE datname = '\(name)'").isEmpty {
            try await server.execute("CREATE DATABASE \(name) TEMPLATE template0")
        }
        return ["DATABASE_URL": server.url(name)]
    }

    static func dropDatabase(_ data: URL) async throws {
        guard usesPostgres else { return }
        try await PostgresServer.shared().drop(databaseName(data))
    }

    /// The service's own database, which other processes may read.
    func openDatabase() async throws -> any Database {
        if let url = try await Self.databaseSettings(data)["DATABASE_URL"] { return try PostgresDatabase(url: url) }
        return try SQLiteDatabase(file: data.appending(path: "workflow-service.db"))
    }

    private static func databaseName(_ data: URL) -> String {
        let name = data.path.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return "service_" + String(name.suffix(50))
    }
}
