package import Foundation

/// Text out of a document file.
package struct TextExtractor: Sendable {
    package struct Limits: Sendable {
        /// Bytes of the file.
        package var fileBytes = 100 << 20
        /// Bytes of the text, UTF-8.
        package var textBytes = 32 << 20
        package init() {}
    }

    package struct Extraction: Sendable {
        package var text: String
        package var format: DocumentFormat
    }

    package var limits: Limits
    package init(limits: Limits = Limits()) { self.limits = limits }

    /// - Throws: `ActivityError` (validation) for a corrupt, encrypted, oversized or unsupported document.
    package func extract(file: URL, mediaType: String?, filename: String?) async throws -> Extraction {
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
        guard size > 0 else { throw ActivityError.invalidInput("the document is empty") }
        guard size <= limits.fileBytes else {
            throw ActivityError.invalidInput("the document has \(size) bytes; at most \(limits.fileBytes) are read")
        }
        let handle = try FileHandle(forReadingFrom: file)
        let head = try handle.read(upToCount: 1024) ?? Data()
        try handle.close()
        let format = try DocumentFormat.recognize(head: [UInt8](head), mediaType: mediaType, filename: filename)
        let text =
            switch format {
            case .pdf: try await PDFText.extract(file, outputLimit: limits.textBytes)
            case .html: try HTMLText.extract(Data(contentsOf: file))
            case .plainText, .markdown: try PlainText.decode(Data(contentsOf: file))
            }
        guard text.utf8.count <= limits.textBytes else {
            throw ActivityError.invalidInput("the document holds more than \(limits.textBytes >> 20) MiB of text")
        }
        return Extraction(text: text, format: format)
    }
}
