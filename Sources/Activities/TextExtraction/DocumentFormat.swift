/// What a document is, told by its first bytes; the declared type and file name only break ties.
package enum DocumentFormat: String, Sendable {
    case plainText = "text/plain"
    case markdown = "text/markdown"
    case html = "text/html"
    case pdf = "application/pdf"

    /// Formats that are recognised only to say clearly that they are not supported.
    private static let unsupportedSignatures: [(bytes: [UInt8], name: String)] = [
        ([0x50, 0x4B, 0x03, 0x04], "a ZIP archive or an office document"),
        ([0x50, 0x4B, 0x05, 0x06], "an empty ZIP archive"),
        ([0xD0, 0xCF, 0x11, 0xE0], "a legacy Microsoft Office document"),
        ([0x89, 0x50, 0x4E, 0x47], "a PNG image"),
        ([0xFF, 0xD8, 0xFF], "a JPEG image"),
        ([0x47, 0x49, 0x46, 0x38], "a GIF image"),
        ([0x49, 0x49, 0x2A, 0x00], "a TIFF image"),
        ([0x4D, 0x4D, 0x00, 0x2A], "a TIFF image"),
        ([0x1F, 0x8B], "a gzip archive"),
        ([0x7F, 0x45, 0x4C, 0x46], "an executable"),
    ]

    /// Recognises a document from its first bytes (1 KiB is enough).
    ///
    /// - Throws: `ActivityError` (validation) that says what the bytes look like and which formats are supported.
    package static func recognize(
        head: [UInt8], mediaType: String?, filename: String?
    ) throws(ActivityError) -> DocumentFormat {
        if let signature = unsupportedSignatures.first(where: { head.starts(with: $0.bytes) }) {
            throw unsupported("the file is \(signature.name)\(contradiction(mediaType: mediaType, filename: filename))")
        }
        // Readers accept junk before the header within the first kilobyte.
        if head.contains([UInt8]("%PDF-".utf8)) { return .pdf }
        let declared = declaredFormat(mediaType: mediaType, filename: filename)
        if declared == .pdf { throw unsupported("the file is declared as PDF but has no PDF header") }
        let start = String(decoding: head.prefix(512), as: UTF8.self).lowercased()
        if start.contains("<!doctype html") || start.contains("<html") { return .html }
        if head.contains(0), !hasUTF16Mark(head) { throw unsupported("the file is binary (it holds NUL bytes)") }
        return declared ?? .plainText
    }

    static func hasUTF16Mark(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    }

    private static func declaredFormat(mediaType: String?, filename: String?) -> DocumentFormat? {
        let essence = mediaType?.split(separator: ";").first.map { $0.lowercased().filter { $0 != " " } }
        if let essence, let format = DocumentFormat(rawValue: essence), format != .plainText { return format }
        let suffix = filename?.split(separator: ".").last?.lowercased()
        switch suffix {
        case "pdf": return .pdf
        case "html", "htm", "xhtml": return .html
        case "md", "markdown": return .markdown
        default: return essence == "text/plain" ? .plainText : nil
        }
    }

    private static func contradiction(mediaType: String?, filename: String?) -> String {
        guard let declared = declaredFormat(mediaType: mediaType, filename: filename) else { return "" }
        return ", although it is declared as \(declared.rawValue)"
    }

    private static func unsupported(_ reason: String) -> ActivityError {
        .invalidInput("\(reason); supported are plain text, Markdown, HTML and PDF")
    }
}
