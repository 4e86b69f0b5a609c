import Foundation

/// A position in a list that is sorted by time, the newest first, then by id: the sort key of the last row shown.
struct ListCursor {
    var time: Date
    var id: UUID

    init(time: Date, id: UUID) {
        self.time = time
        self.id = id
    }

    /// Throws `invalidCursor` for a text that is none of ours.
    init(_ text: String) throws(StorageError) {
        guard text.utf8.count < 200, let data = Data(base64URL: text) else { throw Self.invalid }
        let parts = String(decoding: data, as: UTF8.self).split(separator: " ")
        guard parts.count == 2, let microseconds = Int64(parts[0]), let time = Date(.integer(microseconds)),
            let id = UUID(uuidString: String(parts[1]))
        else { throw Self.invalid }
        self.init(time: time, id: id)
    }

    var text: String {
        let microseconds = Int64((time.timeIntervalSince1970 * 1_000_000).rounded())
        return Data("\(microseconds) \(id.uuidString)".utf8).base64URL
    }

    /// Holds for what comes after the position, bound to `values`. The first part is a range of the list's index.
    static func condition(_ time: String, _ id: String) -> String { "\(time) <= ? AND (\(time) < ? OR \(id) > ?)" }

    var values: [any DatabaseConvertible & Sendable] { [time, time, id] }

    private static let invalid = StorageError(
        .invalidCursor, "The cursor is not one that this list gave out. Ask again without it."
    )
}
