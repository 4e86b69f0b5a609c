import Foundation
import GRDB
import Storage

/// GRDB's connection inside a transaction. Statements are prepared once a connection and text.
struct SQLiteConnection: Connection {
    let database: GRDB.Database
    /// What to deliver after the commit; nil in a read.
    var notifications: PendingNotifications?

    var dialect: Dialect { .sqlite }

    func query(_ sql: String, values: [Storage.DatabaseValue]) throws -> [Storage.Row] {
        let statement = try database.cachedStatement(sql: sql)
        let columns = statement.columnNames
        let cursor = try GRDB.Row.fetchCursor(statement, arguments: arguments(values))
        var rows: [Storage.Row] = []
        while let row = try cursor.next() {
            let values = (0..<columns.count).map { index -> Storage.DatabaseValue in
                let value: GRDB.DatabaseValue = row[index]
                return switch value.storage {
                case .null: .null
                case .int64(let integer): .integer(integer)
                case .double(let double): .double(double)
                case .string(let text): .text(text)
                case .blob(let data): .blob([UInt8](data))
                }
            }
            rows.append(Storage.Row(columns: columns, values: values))
        }
        return rows
    }

    func execute(_ sql: String, values: [Storage.DatabaseValue]) throws -> Int {
        try database.cachedStatement(sql: sql).execute(arguments: arguments(values))
        return database.changesCount
    }

    func enqueue(_ sql: String, values: [Storage.DatabaseValue]) throws { _ = try execute(sql, values: values) }

    func script(_ sql: String) throws {
        try database.execute(sql: sql)
    }

    func lock(_ name: String) {}

    func notify(_ channel: NotificationChannel, _ payload: String) throws {
        guard let notifications else { throw StorageError(.internal, "A read cannot notify.") }
        guard payload.utf8.count <= DatabaseNotification.payloadLimit else {
            throw StorageError(.invalidText, "The payload of a notification is too long.")
        }
        notifications.list.append(.changed(channel, payload: payload))
    }

    private func arguments(_ values: [Storage.DatabaseValue]) -> StatementArguments {
        StatementArguments(
            values.map { value -> (any DatabaseValueConvertible)? in
                switch value {
                case .null: nil
                case .integer(let integer): integer
                case .double(let double): double
                case .text(let text): text
                case .blob(let bytes): Data(bytes)
                }
            }
        )
    }
}

/// Filled by one transaction, on its own thread.
final class PendingNotifications {
    var list: [DatabaseNotification] = []
}
