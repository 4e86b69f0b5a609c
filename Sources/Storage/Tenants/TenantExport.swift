package import Foundation
import JSON

/// Everything of a tenant as lines of JSON: `{"table", "row"}` for each row, and `{"document", "offset", "content_base64"}`
/// for the pieces of each document, `{"history", "run_id", "offset", "content_base64"}` for those of archived histories. Read in pages, so that the memory it takes does not grow with the tenant.
///
/// Keys and secrets are listed without what opens anything.
package struct TenantExport: Sendable {
    private let database: any Database
    private let documents: DocumentStore
    private let histories: HistoryArchive

    private static let page = 200
    /// Bytes; a multiple of 3, so that pieces of base64 can be joined.
    private static let piece = 192 << 10

    package init(_ database: any Database, documents: DocumentStore, histories: HistoryArchive) {
        self.database = database
        self.documents = documents
        self.histories = histories
    }

    /// - Parameter write: gets lines with their ends; returns when it wants more.
    package func run(tenant: Tenant, write: (Data) async throws -> Void) async throws {
        try await rows(
            of: TenantTable("tenants", condition: "id = ?", json: ["limits"]), tenant.id, write)
        for table in TenantTable.all { try await rows(of: table, tenant.id, write) }
    }

    private func rows(of table: TenantTable, _ tenant: UUID, _ write: (Data) async throws -> Void) async throws {
        var last: [DatabaseValue]?
        let key = table.key.joined(separator: ", ")
        while true {
            var condition = table.condition
            var values: [DatabaseValue] = [tenant.databaseValue]
            if let last {
                condition += " AND (\(key)) > (\(last.map { _ in "?" }.joined(separator: ", ")))"
                values += last
            }
            let sql = "SELECT * FROM \(table.name) WHERE \(condition) ORDER BY \(key) LIMIT \(Self.page)"
            let bound = values
            let rows = try await database.read { try $0.query(sql, values: bound) }
            var lines = Data()
            for row in rows {
                let object = JSONValue.object(["table": .string(table.name), "row": .object(try table.json(row))])
                lines.append(contentsOf: object.serializedBytes())
                lines.append(UInt8(ascii: "\n"))
            }
            if !lines.isEmpty { try await write(lines) }
            if table.name == "documents" {
                for row in rows { try await content(of: try row.get("id"), tenant, write) }
            }
            if table.name == "execution_histories" {
                for row in rows { try await history(row, tenant, write) }
            }
            guard rows.count == Self.page, let end = rows.last else { return }
            last = try table.key.map { try end.value($0) }
        }
    }

    private func history(_ row: Row, _ tenant: UUID, _ write: (Data) async throws -> Void) async throws {
        guard let bytes = try? await histories.get(try row.get("digest"), tenant: tenant) else { return }
        var offset = 0
        while offset < bytes.count {
            let piece = bytes.dropFirst(offset).prefix(Self.piece)
            let object: JSONValue = [
                "history": .string(try row.get("execution_id")), "run_id": .string(try row.get("run_id")),
                "offset": .integer(Int64(offset)), "content_base64": .string(Data(piece).base64EncodedString()),
            ]
            try await write(Data(object.serializedBytes() + [UInt8(ascii: "\n")]))
            offset += piece.count
        }
    }

    private func content(of id: UUID, _ tenant: UUID, _ write: (Data) async throws -> Void) async throws {
        // One whose file is lost is listed all the same.
        guard let found = try? await documents.open(id, tenant: tenant) else { return }
        let handle = try FileHandle(forReadingFrom: found.file)
        defer { try? handle.close() }
        var offset: Int64 = 0
        while true {
            let bytes = try await BlockingWork.run { try handle.read(upToCount: Self.piece) ?? Data() }
            guard !bytes.isEmpty else { return }
            let object: JSONValue = [
                "document": .string(id.text), "offset": .integer(offset),
                "content_base64": .string(bytes.base64EncodedString()),
            ]
            try await write(Data(object.serializedBytes() + [UInt8(ascii: "\n")]))
            offset += Int64(bytes.count)
        }
    }
}

extension TenantTable {
    /// Names of columns as they are; times as ISO 8601.
    fileprivate func json(_ row: Row) throws -> JSONObject {
        var object = JSONObject()
        for (name, value) in zip(row.columns, row.values) where !hidden.contains(name) {
            object[name] =
                switch value {
                case .null: .null
                case .integer(let number) where booleans.contains(name): .bool(number != 0)
                case .integer(let number) where name.hasSuffix("_at") || name == "failing_since":
                    .string(
                        (Date(.integer(number)) ?? .distantPast).formatted(
                            Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
                case .integer(let number): .integer(number)
                case .double(let number): .number(number)
                case .text(let text) where json.contains(name): (try? JSONValue(parsing: text)) ?? .string(text)
                case .text(let text): .string(text)
                case .blob(let bytes): .string(Data(bytes).base64EncodedString())
                }
        }
        return object
    }
}
