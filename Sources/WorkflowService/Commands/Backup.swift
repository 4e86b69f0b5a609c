import ArgumentParser
import Foundation
import Storage
import StorageSQLite

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the data of a service, which may run meanwhile, into a new folder.",
        discussion: """
            SQLite's database as of one moment, then documents, payloads, histories and keys. A service starts on the \
            copy as it is: serve --data COPY. The embedded Temporal server's own state is not in it: executions that \
            were open stay unknown. With PostgreSQL take the database with pg_dump first, then the files with \
            --no-database.

            Example:
              workflow-service backup /backup/2026-11-23 --data /var/lib/workflow-service
            """
    )

    @Argument(help: "The folder to make.")
    var target: String
    @Option(help: "The service's data folder.")
    var data = "data"
    @Flag(name: .customLong("no-database"), help: "Only the files: PostgreSQL holds the database.")
    var withoutDatabase = false

    func run() async throws {
        let source = URL(filePath: data, directoryHint: .isDirectory)
        let copy = URL(filePath: target, directoryHint: .isDirectory)
        let files = FileManager.default
        guard files.fileExists(atPath: source.path) else { throw StartupError("There is no folder \(data).") }
        guard !files.fileExists(atPath: copy.path) else {
            throw StartupError("\(target) is there already; a backup overwrites nothing.")
        }
        let database = DataFolder.database(in: source)
        guard withoutDatabase || files.fileExists(atPath: database.path) else {
            throw StartupError("\(data) holds no database. With PostgreSQL: pg_dump, then --no-database.")
        }
        try files.createDirectory(
            at: copy, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        do {
            if !withoutDatabase { try await SQLiteDatabase(file: database).backUp(to: DataFolder.database(in: copy)) }
            // After the database: each file that a row names is there already, or was removed with its row.
            for item in try files.contentsOfDirectory(atPath: source.path) where Self.isOurs(item) {
                try Self.copy(source.appending(path: item), to: copy.appending(path: item))
            }
        } catch {
            // A part of a backup is none.
            try? files.removeItem(at: copy)
            throw error
        }
        say("Copied to \(target).")
    }

    private static func isOurs(_ item: String) -> Bool {
        item != "lock" && item != "temporal" && !item.hasPrefix("workflow-service.db")
    }

    /// Without what is being written (`tmp`). The service goes on: what it removes meanwhile is left out.
    private static func copy(_ item: URL, to target: URL) throws {
        let files = FileManager.default
        do {
            let attributes = try files.attributesOfItem(atPath: item.path)
            guard attributes[.type] as? FileAttributeType == .typeDirectory else {
                return try files.copyItem(at: item, to: target)
            }
            let names = try files.contentsOfDirectory(atPath: item.path)
            try files.createDirectory(
                at: target, withIntermediateDirectories: false,
                attributes: attributes.filter { $0.key == .posixPermissions })
            for name in names where name != "tmp" {
                try copy(item.appending(path: name), to: target.appending(path: name))
            }
        } catch {
            guard !files.fileExists(atPath: item.path) else { throw error }
            try? files.removeItem(at: target)
        }
    }
}
