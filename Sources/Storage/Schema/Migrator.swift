import Crypto
package import Foundation

/// Brings a database to the newest schema. Safe to run from several processes at once: a lock makes them queue.
package struct Migrator: Sendable {
    private let migrations: [Migration]

    package init(_ migrations: [Migration] = Migration.all) {
        self.migrations = migrations
    }

    /// Applies what is missing in one transaction; returns the versions applied.
    ///
    /// Throws `newerSchema` for a database that a newer service has written, and `corrupt` when a released migration
    /// differs from what was applied.
    @discardableResult
    package func migrate(_ database: any Database, now: Date = Date()) async throws -> [Int] {
        let patience = ContinuousClock.now + .seconds(600)
        while true {
            do {
                return try await database.write { try apply($0, now) }.map(\.version)
            } catch let error as StorageError where error.code == .busy && ContinuousClock.now < patience {
                // Another process migrates.
                continue
            }
        }
    }

    /// What `migrate` would apply: run and rolled back, so that it also tells what would fail.
    package func rehearse(_ database: any Database) async throws -> [Migration] {
        do {
            return try await database.write { throw Rehearsed(migrations: try apply($0, Date())) }
        } catch let rehearsed as Rehearsed {
            return rehearsed.migrations
        }
    }

    /// Thrown so that the transaction is rolled back.
    private struct Rehearsed: Error {
        let migrations: [Migration]
    }

    private func apply(_ connection: any Connection, _ now: Date) throws -> [Migration] {
        try connection.lock("schema_migrations")
        try connection.script(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                version INTEGER NOT NULL PRIMARY KEY,
                name TEXT NOT NULL,
                digest TEXT NOT NULL,
                applied_at BIGINT NOT NULL
            )
            """
        )
        var applied: [Int: String] = [:]
        for row in try connection.query("SELECT version, digest FROM schema_migrations") {
            applied[try row.get("version")] = try row.get("digest", as: String.self)
        }
        if let newest = applied.keys.max(), newest > migrations.map(\.version).max() ?? 0 {
            throw StorageError(
                .newerSchema, "The database has schema version \(newest); this service is older. Run a newer one."
            )
        }
        var done: [Migration] = []
        for migration in migrations {
            guard let script = migration.script[connection.dialect] else {
                throw StorageError(
                    .internal, "Migration \(migration.version) has no \(connection.dialect.rawValue) script.")
            }
            let digest = SHA256.hash(data: Data(script.utf8)).hexadecimal
            if let before = applied[migration.version] {
                guard before == digest else {
                    throw StorageError(.corrupt, "Migration \(migration.version) was applied with another text.")
                }
                continue
            }
            try connection.script(script)
            try connection.execute(
                "INSERT INTO schema_migrations (version, name, digest, applied_at) VALUES (?, ?, ?, ?)",
                [migration.version, migration.name, digest, now]
            )
            done.append(migration)
        }
        return done
    }
}

extension Sequence<UInt8> {
    /// Two lower-case digits a byte.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
