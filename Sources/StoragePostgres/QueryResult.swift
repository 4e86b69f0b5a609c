import CLibPQ
import Storage

/// A server's answer to one statement; libpq's memory goes with it.
final class QueryResult {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { PQclear(pointer) }

    var failure: PostgresFailure? {
        switch PQresultStatus(pointer) {
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR: PostgresFailure(pointer)
        default: nil
        }
    }

    /// Not an answer: everything that was sent together is answered.
    var endsPipeline: Bool { PQresultStatus(pointer) == PGRES_PIPELINE_SYNC }

    var changedRows: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    func rows() throws(StorageError) -> [Row] {
        let width = PQnfields(pointer)
        let columns = (0..<width).map { String(cString: PQfname(pointer, $0)) }
        let types = (0..<width).map { PQftype(pointer, $0) }
        var rows: [Row] = []
        rows.reserveCapacity(Int(PQntuples(pointer)))
        for row in 0..<PQntuples(pointer) {
            var values: [DatabaseValue] = []
            values.reserveCapacity(Int(width))
            for column in 0..<width {
                guard PQgetisnull(pointer, row, column) == 0, let bytes = PQgetvalue(pointer, row, column) else {
                    values.append(.null)
                    continue
                }
                let text = UnsafeRawBufferPointer(start: bytes, count: Int(PQgetlength(pointer, row, column)))
                values.append(try Self.value(text, type: types[Int(column)]))
            }
            rows.append(Row(columns: columns, values: values))
        }
        return rows
    }

    /// A value in text format, by the OID of its type. What we do not know is text.
    private static func value(_ bytes: UnsafeRawBufferPointer, type: Oid) throws(StorageError) -> DatabaseValue {
        var text: String { String(decoding: bytes, as: UTF8.self) }
        let value: DatabaseValue? =
            switch type {
            case 16: .integer(bytes.first == UInt8(ascii: "t") ? 1 : 0)
            case 20, 21, 23, 26: Int64(text).map { .integer($0) }
            case 700, 701: Double(text).map { .double($0) }
            // The sum of BIGINTs is a NUMERIC.
            case 1700: Int64(text).map { .integer($0) } ?? Double(text).map { .double($0) }
            case 17: blob(bytes)
            default: .text(text)
            }
        guard let value else { throw StorageError(.corrupt, "The database sent a number that cannot be read.") }
        return value
    }

    /// `\x` and two hexadecimal digits a byte.
    private static func blob(_ text: UnsafeRawBufferPointer) -> DatabaseValue? {
        guard text.count >= 2, text.count % 2 == 0, text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "x")
        else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2 - 1)
        for index in stride(from: 2, to: text.count, by: 2) {
            guard let high = digit(text[index]), let low = digit(text[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return .blob(bytes)
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
