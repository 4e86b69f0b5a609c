import Foundation

/// Text files: UTF-8, or UTF-16 with a byte order mark.
enum PlainText {
    static func decode(_ data: Data) throws(ActivityError) -> String {
        if data.starts(with: [0xEF, 0xBB, 0xBF]) { return try utf8(data.dropFirst(3)) }
        if data.starts(with: [0xFF, 0xFE]) { return try utf16(data.dropFirst(2), .utf16LittleEndian) }
        if data.starts(with: [0xFE, 0xFF]) { return try utf16(data.dropFirst(2), .utf16BigEndian) }
        return try utf8(data)
    }

    private static func utf8(_ data: Data) throws(ActivityError) -> String {
        guard let text = String(validating: data, as: UTF8.self) else {
            throw .invalidInput("the file is not valid UTF-8 text; save it as UTF-8")
        }
        guard !text.utf8.contains(0) else { throw .invalidInput("the file is binary (it holds NUL bytes)") }
        return text
    }

    private static func utf16(_ data: Data, _ encoding: String.Encoding) throws(ActivityError) -> String {
        guard let text = String(data: data, encoding: encoding), !text.utf8.contains(0) else {
            throw .invalidInput("the file is not valid UTF-16 text; save it as UTF-8")
        }
        return text
    }
}
