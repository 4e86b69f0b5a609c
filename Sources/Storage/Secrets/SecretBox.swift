package import Crypto
import Foundation

/// Encrypts what the database keeps for others: AES-256-GCM under keys of the operator, which never lie beside the data.
///
/// The first key seals, all of them open, so that keys can be exchanged. A sealed value is bound to its context (the row
/// that it belongs to): copied into another row it does not open.
///
/// The bytes: 1 (the format), the length of the key's id, the id, then nonce, ciphertext and tag.
package struct SecretBox: Sendable {
    package let activeID: String
    private let active: SymmetricKey
    private let keys: [String: SymmetricKey]

    /// - Parameter older: keys that still open.
    package init(activeID: String, active: SymmetricKey, older: [String: SymmetricKey] = [:]) {
        self.activeID = activeID
        self.active = active
        keys = older.merging([activeID: active]) { $1 }
    }

    /// Reads lines `id:key`, where the key is 32 bytes in base64; the first one seals. Empty lines and those that begin
    /// with `#` are skipped.
    ///
    /// - Throws: `constraint`, which names the line and never quotes it: it may hold key material.
    package init(parsing text: String) throws(StorageError) {
        var active: (id: String, key: SymmetricKey)?
        var keys: [String: SymmetricKey] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            guard let (id, key) = Self.key(line) else {
                throw StorageError(
                    .constraint,
                    "line \(index + 1): expected id:key, such as k1: followed by the output of openssl rand -base64 32")
            }
            guard keys.updateValue(key, forKey: id) == nil else {
                throw StorageError(
                    .constraint, "line \(index + 1): the id \(id) stands on a line before; each key has its own")
            }
            if active == nil { active = (id, key) }
        }
        guard let active else {
            throw StorageError(.constraint, "no key in it; expected lines id:key, the one that encrypts first")
        }
        self.init(activeID: active.id, active: active.key, older: keys)
    }

    /// A line with a new key, as `init(parsing:)` reads it.
    package static func makeKeyLine(id: String) -> String {
        let key = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        return "\(id):\(key.base64EncodedString())"
    }

    package func seal(_ secret: [UInt8], context: String) throws(StorageError) -> [UInt8] {
        do {
            let box = try AES.GCM.seal(secret, using: active, authenticating: Data(context.utf8))
            guard let combined = box.combined else { throw StorageError(.internal, "A secret cannot be encrypted.") }
            return [1, UInt8(activeID.utf8.count)] + Array(activeID.utf8) + combined
        } catch {
            throw StorageError(.internal, "A secret cannot be encrypted.", cause: error)
        }
    }

    /// - Throws: `corrupt` for bytes that were changed, belong to another context, or whose key is not there.
    package func open(_ sealed: [UInt8], context: String) throws(StorageError) -> [UInt8] {
        guard let id = Self.keyID(of: sealed) else {
            throw StorageError(.corrupt, "An encrypted secret is damaged.")
        }
        guard let key = keys[id] else {
            throw StorageError(.corrupt, "A secret is encrypted with the key \(id), which this process does not have.")
        }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed.dropFirst(2 + id.utf8.count))
            return [UInt8](try AES.GCM.open(box, using: key, authenticating: Data(context.utf8)))
        } catch {
            throw StorageError(.corrupt, "An encrypted secret is damaged.", cause: error)
        }
    }

    /// The id of the key that opens it; nil for bytes that no box made.
    package static func keyID(of sealed: [UInt8]) -> String? {
        guard sealed.count > 2, sealed[0] == 1, sealed.count > 2 + Int(sealed[1]) else { return nil }
        return String(validating: sealed[2..<(2 + Int(sealed[1]))], as: UTF8.self)
    }

    private static func key(_ line: String) -> (String, SymmetricKey)? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let id = String(line[..<colon])
        let isID =
            (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        let text = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        guard isID, let bytes = Data(base64Encoded: text), bytes.count == 32 else { return nil }
        return (id, SymmetricKey(data: bytes))
    }
}
