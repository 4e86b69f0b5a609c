package import Foundation
package import JSON

/// What a column holds or a placeholder is bound to; never spliced into SQL.
package enum DatabaseValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case double(Double)
    case text(String)
    case blob([UInt8])
}

/// A Swift value that travels as a `DatabaseValue`.
package protocol DatabaseConvertible {
    init?(_ value: DatabaseValue)
    var databaseValue: DatabaseValue { get throws(StorageError) }
}

extension String: DatabaseConvertible {
    package init?(_ value: DatabaseValue) {
        guard case .text(let text) = value else { return nil }
        self = text
    }
    /// U+0000 is refused: PostgreSQL cannot hold it, and C strings end there.
    package var databaseValue: DatabaseValue {
        get throws(StorageError) {
            guard !utf8.contains(0) else {
                throw StorageError(.invalidText, "A text holds the character U+0000, which cannot be stored.")
            }
            return .text(self)
        }
    }
}

extension Int64: DatabaseConvertible {
    package init?(_ value: DatabaseValue) {
        guard case .integer(let integer) = value else { return nil }
        self = integer
    }
    package var databaseValue: DatabaseValue { .integer(self) }
}

extension Int: DatabaseConvertible {
    package init?(_ value: DatabaseValue) {
        guard case .integer(let integer) = value else { return nil }
        self.init(exactly: integer)
    }
    package var databaseValue: DatabaseValue { .integer(Int64(self)) }
}

extension Double: DatabaseConvertible {
    package init?(_ value: DatabaseValue) {
        switch value {
        case .double(let double): self = double
        case .integer(let integer): self = Double(integer)
        case .null, .text, .blob: return nil
        }
    }
    package var databaseValue: DatabaseValue { .double(self) }
}

/// 0 or 1.
extension Bool: DatabaseConvertible {
    package init?(_ value: DatabaseValue) {
        guard case .integer(let integer) = value else { return nil }
        self = integer != 0
    }
    package var databaseValue: DatabaseValue { .integer(self ? 1 : 0) }
}

/// Bytes as they are.
extension Array: DatabaseConvertible where Element == UInt8 {
    package init?(_ value: DatabaseValue) {
        guard case .blob(let bytes) = value else { return nil }
        self = bytes
    }
    package var databaseValue: DatabaseValue { .blob(self) }
}

/// Lower-case text.
extension UUID: DatabaseConvertible {
    package init?(_ value: DatabaseValue) {
        guard case .text(let text) = value else { return nil }
        self.init(uuidString: text)
    }
    package var databaseValue: DatabaseValue { .text(text) }

    /// Lower-case, as everything here writes ids.
    package var text: String { uuidString.lowercased() }

    /// The tenant of built-in templates.
    package static let zero = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}

/// UTC microseconds since 1970. A `Date` of our century holds them exactly.
extension Date: DatabaseConvertible {
    package init?(_ value: DatabaseValue) {
        guard case .integer(let microseconds) = value else { return nil }
        self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }
    package var databaseValue: DatabaseValue {
        get throws(StorageError) {
            let microseconds = (timeIntervalSince1970 * 1_000_000).rounded()
            guard let integer = Int64(exactly: microseconds) else {
                throw StorageError(.invalidText, "A time is out of range.")
            }
            return .integer(integer)
        }
    }

    /// As it is read again once it was stored.
    var stored: Date { (try? databaseValue).flatMap(Date.init) ?? self }
}

/// JSON text. A `\u0000` anywhere inside is refused: PostgreSQL's JSONB cannot hold it; so is a depth that could not be
/// read back.
extension JSONValue: DatabaseConvertible {
    package init?(_ value: DatabaseValue) {
        guard case .text(let text) = value, let json = try? JSONValue(parsing: text) else { return nil }
        self = json
    }
    package var databaseValue: DatabaseValue {
        get throws(StorageError) {
            guard !exceedsDepth() else {
                throw StorageError(.invalidText, "A JSON value is nested too deeply to be stored.")
            }
            guard !holdsNUL else {
                throw StorageError(
                    .invalidText,
                    "A JSON string or key holds \\u0000, which cannot be stored. Remove it from the input."
                )
            }
            return .text(serialized())
        }
    }

    private var holdsNUL: Bool {
        switch self {
        case .string(let text): text.utf8.contains(0)
        case .array(let elements): elements.contains(where: \.holdsNUL)
        case .object(let object): object.contains { $0.key.utf8.contains(0) || $0.value.holdsNUL }
        case .null, .bool, .integer, .double: false
        }
    }
}

/// Enumerations travel as their raw text.
extension DatabaseConvertible where Self: RawRepresentable, RawValue == String {
    package init?(_ value: DatabaseValue) {
        guard case .text(let text) = value else { return nil }
        self.init(rawValue: text)
    }
    package var databaseValue: DatabaseValue { get throws(StorageError) { try rawValue.databaseValue } }
}
