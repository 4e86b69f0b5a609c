import Foundation
package import Storage
package import Temporal

/// Keeps payloads over 128 KiB out of Temporal's histories: a reference by digest travels, the bytes stay in the store.
///
/// Temporal refuses a payload of 2 MB and fails a workflow whose one request passes 4 MB. Only this codec writes the
/// reference's encoding into a payload's metadata, which no input or result of a tenant reaches; so nobody can forge one.
package struct LargePayloadCodec: PayloadCodec {
    /// Bytes; smaller payloads stay in the history, where Temporal's UI shows them.
    package static let threshold = 128 << 10

    private static let encoding = Data("binary/stored".utf8)
    private static let innerEncoding = "stored-encoding"

    private let store: PayloadStore
    private let scope: String

    /// - Parameter scope: the namespace, so that environments that share a folder stay apart.
    package init(store: PayloadStore, scope: String) {
        self.store = store
        self.scope = scope
    }

    package func encode(_ payloads: [Payload]) async throws -> [Payload] {
        var result = payloads
        for (index, payload) in payloads.enumerated() where payload.data.count > Self.threshold {
            let digest = try await store.put([UInt8](payload.data), scope: scope)
            var reference = Payload(metadata: payload.metadata, data: Data(digest.rawValue.utf8))
            reference.metadata[Self.innerEncoding] = payload.metadata["encoding"]
            reference.metadata["encoding"] = Self.encoding
            result[index] = reference
        }
        return result
    }

    package func decode(_ payloads: [Payload]) async throws -> [Payload] {
        var result = payloads
        for (index, payload) in payloads.enumerated() where payload.metadata["encoding"] == Self.encoding {
            guard let digest = ContentDigest(rawValue: String(decoding: payload.data, as: UTF8.self)) else {
                throw StorageError(.corrupt, "A history's reference to a stored payload is damaged.")
            }
            var original = Payload(metadata: payload.metadata, data: Data(try await store.get(digest, scope: scope)))
            original.metadata["encoding"] = original.metadata.removeValue(forKey: Self.innerEncoding)
            result[index] = original
        }
        return result
    }
}
