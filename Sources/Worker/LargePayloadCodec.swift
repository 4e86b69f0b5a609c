import Foundation
package import Storage
package import Temporal

/// Keeps payloads over 128 KiB out of Temporal's histories: a reference by digest travels, the bytes stay in the store.
///
/// A workflow's payloads lie together, so that they can go when its history goes; the reference names the place.
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
            let owner = PayloadOwner.workflowID.map { Self.folder(of: $0, scope: scope) }
            let digest = try await store.put([UInt8](payload.data), scope: owner ?? scope)
            let place = (owner.map { "\($0)/" } ?? "") + digest.rawValue
            var reference = Payload(metadata: payload.metadata, data: Data(place.utf8))
            reference.metadata[Self.innerEncoding] = payload.metadata["encoding"]
            reference.metadata["encoding"] = Self.encoding
            result[index] = reference
        }
        return result
    }

    package func decode(_ payloads: [Payload]) async throws -> [Payload] {
        var result = payloads
        for (index, payload) in payloads.enumerated() where payload.metadata["encoding"] == Self.encoding {
            let place = String(decoding: payload.data, as: UTF8.self).split(separator: "/")
            // Nothing but a folder of this namespace is read, whatever a reference says.
            guard (1...2).contains(place.count),
                let digest = place.last.flatMap({ ContentDigest(rawValue: String($0)) }),
                place.count == 1 || place[0].hasPrefix("\(scope).")
            else { throw StorageError(.corrupt, "A history's reference to a stored payload is damaged.") }
            let owner = place.count == 2 ? String(place[0]) : scope
            var original = Payload(metadata: payload.metadata, data: Data(try await store.get(digest, scope: owner)))
            original.metadata["encoding"] = original.metadata.removeValue(forKey: Self.innerEncoding)
            result[index] = original
        }
        return result
    }

    /// Where a workflow's payloads lie: its id, which another client may have chosen, by digest where it is none of ours.
    private static func folder(of workflowID: String, scope: String) -> String {
        let id = UUID(uuidString: workflowID)?.text
        return "\(scope).\(id ?? ContentDigest(of: Data(workflowID.utf8)).rawValue)"
    }

    /// Removes what the workflow's runs have stored, once no history of it is left.
    package func erase(workflowID: String) async throws {
        try await store.erase(scope: Self.folder(of: workflowID, scope: scope))
    }
}
