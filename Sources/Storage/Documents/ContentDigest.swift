import Crypto
package import Foundation

/// The SHA-256 of a content as 64 lower-case hexadecimal digits; nothing else is one, so it is safe as a file name.
package struct ContentDigest: RawRepresentable, Sendable, Hashable, DatabaseConvertible {
    package let rawValue: String

    package init?(rawValue: String) {
        let digits = rawValue.utf8
        guard digits.count == 64,
            digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.rawValue = rawValue
    }

    package init(of bytes: some DataProtocol) {
        self.init(SHA256.hash(data: bytes))
    }

    init(_ digest: SHA256.Digest) {
        rawValue = digest.hexadecimal
    }
}
