internal import Crypto
internal import Foundation
internal import SwiftProtobuf
internal import TemporalProtocol

/// Encrypts payloads with AES-256-GCM, in the form of the samples of Temporal's SDKs, so that their codecs read ours with the
/// same keys: the whole payload as protobuf inside one of encoding `binary/encrypted`, its data nonce ‖ ciphertext ‖ tag, the
/// key's id beside it.
///
/// The ciphertext is bound to its key alone: payloads are decrypted by tools that know no more of them, the UI among them.
package struct EncryptionCodec: PayloadCodec {
    private static let encoding = "binary/encrypted"
    private static let keyID = "encryption-key-id"

    private let keys: EncryptionKeys

    package init(_ keys: EncryptionKeys) { self.keys = keys }

    package var encodesFailureMessages: Bool { true }

    package func encode(_ payloads: [Payload]) throws(TemporalError) -> [Payload] {
        try payloads.map { payload throws(TemporalError) in try encrypt(payload) }
    }

    package func decode(_ payloads: [Payload]) throws(TemporalError) -> [Payload] {
        try payloads.map { payload throws(TemporalError) in
            payload.encoding == Self.encoding ? try decrypt(payload) : payload
        }
    }

    private func encrypt(_ payload: Payload) throws(TemporalError) -> Payload {
        do {
            guard let key = keys.active else { throw TemporalError(.payload, "There is no active encryption key.") }
            let bytes: Data = try payload.message.serializedBytes()
            // A random nonce of 96 bits a payload: one key may encrypt 2³² of them (NIST SP 800-38D).
            guard let sealed = try AES.GCM.seal(bytes, using: key).combined else {
                throw TemporalError(.payload, "A payload cannot be encrypted.")
            }
            return Payload(
                metadata: ["encoding": Data(Self.encoding.utf8), Self.keyID: Data(keys.activeID.utf8)], data: sealed)
        } catch {
            throw error as? TemporalError ?? TemporalError(.payload, "A payload cannot be encrypted.", cause: error)
        }
    }

    private func decrypt(_ payload: Payload) throws(TemporalError) -> Payload {
        let id = String(decoding: (payload.metadata[Self.keyID] ?? Data()).prefix(64), as: UTF8.self)
        guard let key = keys[id] else {
            throw TemporalError(
                .payload,
                "A payload is encrypted with the key \(id.debugDescription), which is not among this service's.")
        }
        do {
            let bytes = try AES.GCM.open(AES.GCM.SealedBox(combined: payload.data), using: key)
            return Payload(try Temporal_Api_Common_V1_Payload(serializedBytes: bytes))
        } catch {
            throw TemporalError(
                .payload, "A payload is damaged: it cannot be decrypted with the key \(id.debugDescription).",
                cause: error)
        }
    }
}
