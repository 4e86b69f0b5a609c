internal import Crypto
internal import Foundation

/// The key of whoever operates the service. It belongs to no tenant and opens what no tenant may see: the payloads of all.
package struct OperatorKey: Sendable {
    private let digest: SHA256.Digest

    package init(_ key: String) { digest = SHA256.hash(data: Data(key.utf8)) }

    /// `wfo_` and 43 characters: 32 random bytes.
    package static func make() -> String {
        "wfo_" + SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64URL
    }

    /// Compares digests, so that the time it takes leaks nothing of the key.
    package func matches(_ key: String) -> Bool { SHA256.hash(data: Data(key.utf8)) == digest }
}
