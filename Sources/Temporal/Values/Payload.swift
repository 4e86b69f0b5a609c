#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// One encoded value as Temporal stores it: bytes and how to read them.
///
/// `metadata["encoding"]` names the encoding: `json/plain`, `binary/plain`, `binary/null`, `json/protobuf`, `binary/protobuf`.
package struct Payload: Sendable, Hashable {
    package var metadata: [String: Data]
    package var data: Data

    package init(metadata: [String: Data] = [:], data: Data = Data()) {
        self.metadata = metadata
        self.data = data
    }

    package var encoding: String? { metadata["encoding"].map { String(decoding: $0, as: UTF8.self) } }

    /// A payload of UTF-8 JSON text.
    package static func json(_ bytes: Data) -> Payload {
        Payload(metadata: ["encoding": Data("json/plain".utf8)], data: bytes)
    }
    package static func binary(_ bytes: Data) -> Payload {
        Payload(metadata: ["encoding": Data("binary/plain".utf8)], data: bytes)
    }
    package static let null = Payload(metadata: ["encoding": Data("binary/null".utf8)])
}
