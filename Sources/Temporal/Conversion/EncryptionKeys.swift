package import Crypto
internal import Foundation

/// The keys of an encrypted namespace: the active one encrypts, all of them decrypt, so that keys can be exchanged while
/// runs are open.
package struct EncryptionKeys: Sendable {
    package let activeID: String
    private let keys: [String: SymmetricKey]

    /// - Parameter older: keys that still decrypt.
    package init(activeID: String, active: SymmetricKey, older: [String: SymmetricKey] = [:]) {
        self.activeID = activeID
        keys = older.merging([activeID: active]) { $1 }
    }

    package subscript(id: String) -> SymmetricKey? { keys[id] }

    var active: SymmetricKey? { keys[activeID] }

    /// Reads lines `id:key`, where the key is 32 bytes in base64; the first one is active. Empty lines and those that
    /// begin with `#` are skipped.
    ///
    /// - Throws: `.invalidConfiguration`, which names the line and never quotes it: it may hold key material.
    package init(parsing text: String) throws(TemporalError) {
        var active: String?
        var keys: [String: SymmetricKey] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces.union(.newlines))
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            func invalid(_ what: String) -> TemporalError {
                TemporalError(.invalidConfiguration, "line \(index + 1): \(what)")
            }
            guard let colon = line.firstIndex(of: ":") else {
                throw invalid("expected id:key, such as k1: followed by the output of openssl rand -base64 32")
            }
            let id = String(line[..<colon])
            guard Self.isID(id) else {
                throw invalid("the id before the colon must have 1 to 64 letters, digits, dots, hyphens or underscores")
            }
            guard
                let bytes = Data(base64Encoded: line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
            else { throw invalid("the key after the colon is no base64; make one with openssl rand -base64 32") }
            guard bytes.count == 32 else {
                throw invalid("the key has \(bytes.count) bytes, not 32; make one with openssl rand -base64 32")
            }
            guard keys.updateValue(SymmetricKey(data: bytes), forKey: id) == nil else {
                throw invalid("the id \(id) stands on a line before; each key has an id of its own")
            }
            if active == nil { active = id }
        }
        guard let active else {
            throw TemporalError(
                .invalidConfiguration,
                "no key in it; expected lines id:key, the active one first, with keys of 32 bytes "
                    + "in base64: openssl rand -base64 32")
        }
        activeID = active
        self.keys = keys
    }

    private static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
