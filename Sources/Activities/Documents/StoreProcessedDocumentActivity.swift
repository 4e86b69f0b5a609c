import Crypto
import Foundation
package import JSON
package import Storage

/// `store_processed_document_activity`: keeps a document's text and what was found in it as a JSON document of the tenant.
///
/// The stored document's id follows from the step, so a repeated attempt stores nothing twice.
package struct StoreProcessedDocumentActivity: Activity {
    package var profile: ActivityProfile { StandardCatalog.storeProcessedDocument }
    private let documents: DocumentStore

    package init(documents: DocumentStore) { self.documents = documents }

    package func run(_ input: JSONValue, _ context: ActivityContext) async throws -> JSONValue {
        // An inline document is not repeated: its text is here.
        let source: JSONValue =
            input["document"]?["id"].map { ["id": $0] } ?? input["document"]?["filename"].map { ["filename": $0] }
            ?? [:]
        let content: JSONValue = [
            "execution_id": .string(context.executionID.text), "document": source,
            "text": input["text"] ?? "", "ai_results": input["ai_results"] ?? .null,
        ]
        let stored = try await documents.put(
            OneChunk(bytes: content.serializedBytes()), id: Self.identifier(context.idempotencyKey),
            tenant: context.tenantID, mediaType: "application/json", filename: nil
        )
        return [
            "document": source,
            "processed_document": [
                "id": .string(stored.id.text), "digest": .string(stored.digest.rawValue),
                "size": .integer(stored.size),
            ],
        ]
    }

    /// A UUID (version 8, RFC 9562: the layout is ours) from the SHA-256 of the step's key.
    private static func identifier(_ key: String) -> UUID {
        var bytes = Array(SHA256.hash(data: Data(key.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        return UUID(
            uuid: (
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
                bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]
            )
        )
    }
}

private struct OneChunk: AsyncSequence, Sendable {
    let bytes: [UInt8]

    struct AsyncIterator: AsyncIteratorProtocol {
        var bytes: [UInt8]?
        mutating func next() async -> [UInt8]? { bytes.take() }
    }
    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: bytes) }
}
