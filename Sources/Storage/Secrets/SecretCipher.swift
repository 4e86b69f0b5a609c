package import Crypto
package import Foundation

/// Encrypts what the database must not show: AES-256-GCM, the key's id beside the text. The active key encrypts, all of
/// them decrypt, so that keys can be exchanged.
package struct SecretCipher: Sendable {
    package let activeID: String
    private let key: @Sendable (String) -> SymmetricKey?

    /// - Parameter key: the key of an id; nil for one that is not known.
    package init(activeID: String, key: @escaping @Sendable (String) -> SymmetricKey?) {
        self.activeID = activeID
        self.key = key
    }

    /// - Parameter context: what the text belongs to (`secret/TENANT/NAME`); it decrypts under the same one only, so that
    ///   a row's text moved into another row is worth nothing.
    package func seal(_ plain: some DataProtocol, context: String) throws -> (keyID: String, sealed: [UInt8]) {
        guard let key = key(activeID) else { throw StorageError(.internal, "The active key is missing.") }
        let box = try AES.GCM.seal(plain, using: key, authenticating: Data(context.utf8))
        // The nonce has 12 bytes, so the combined form is there.
        guard let combined = box.combined else { throw StorageError(.internal, "Nothing could be encrypted.") }
        return (activeID, [UInt8](combined))
    }

    /// Throws `corrupt` for a text of another context or an unknown key, or one that was changed.
    package func open(_ sealed: [UInt8], keyID: String, context: String) throws(StorageError) -> Data {
        guard let key = key(keyID) else {
            throw StorageError(
                .corrupt, "A secret is encrypted with a key that this process does not have: \(keyID.prefix(64)).")
        }
        do {
            return try AES.GCM.open(
                AES.GCM.SealedBox(combined: sealed), using: key, authenticating: Data(context.utf8))
        } catch {
            throw StorageError(.corrupt, "A secret cannot be decrypted: it was changed, or its key was.", cause: error)
        }
    }
}
