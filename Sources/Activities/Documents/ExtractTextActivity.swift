import Foundation
package import JSON
package import Storage

/// `extract_text_activity`: the text of a document, `{text, media_type, characters, words}`.
package struct ExtractTextActivity: Activity {
    package var profile: ActivityProfile { StandardCatalog.extractText }
    private let documents: DocumentStore
    private let extractor: TextExtractor

    package init(documents: DocumentStore, extractor: TextExtractor = TextExtractor()) {
        self.documents = documents
        self.extractor = extractor
    }

    package func run(_ input: JSONValue, _ context: ActivityContext) async throws -> JSONValue {
        let document = input["document"] ?? .null
        let extraction: TextExtractor.Extraction
        if let id = document["id"]?.string.flatMap(UUID.init(uuidString:)) {
            extraction = try await extract(id, tenant: context.tenantID)
        } else {
            extraction = try await extract(inline: document)
        }
        return [
            "text": .string(extraction.text), "media_type": .string(extraction.format.rawValue),
            "characters": .integer(Int64(extraction.text.unicodeScalars.count)),
            "words": .integer(Int64(Self.words(in: extraction.text))),
        ]
    }

    private func extract(_ id: UUID, tenant: UUID) async throws -> TextExtractor.Extraction {
        guard let (document, file) = try await documents.open(id, tenant: tenant) else {
            throw ActivityError.invalidInput(
                "there is no document \(id.text); upload it with POST /workflows/documents"
            )
        }
        return try await extractor.extract(file: file, mediaType: document.mediaType, filename: document.filename)
    }

    private func extract(inline document: JSONValue) async throws -> TextExtractor.Extraction {
        guard let data = document["content_base64"]?.string.flatMap({ Data(base64Encoded: $0) }) else {
            throw ActivityError.invalidInput("content_base64 is no valid Base64")
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("inline-\(UUID().uuidString)")
        try data.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await extractor.extract(
            file: file, mediaType: document["media_type"]?.string, filename: document["filename"]?.string
        )
    }

    /// Runs of characters between white space.
    private static func words(in text: String) -> Int {
        var count = 0
        var inside = false
        for byte in text.utf8 {
            let blank = byte == 32 || (9...13).contains(byte)
            if inside == blank {
                inside = !blank
                if inside { count += 1 }
            }
        }
        return count
    }
}
