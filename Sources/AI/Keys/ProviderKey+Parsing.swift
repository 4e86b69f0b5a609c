/// Keys that cannot be read; the message never holds one.
package struct ProviderKeyError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String
}

extension ProviderKey {
    private static let maximumKeys = 100

    /// From a variable, a file or a secret: one key a line, written `name:secret:weight`, `name:secret` or the secret alone.
    /// A name may begin with `PROVIDER/`: such a line is for that provider alone. Empty lines and those that begin with `#`
    /// are passed over. Nameless keys are called `default`, `default-2`, …
    package static func keys(_ text: String, of provider: String? = nil) throws(ProviderKeyError) -> [ProviderKey] {
        var keys: [ProviderKey] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.trimmingWhitespace
            if line.isEmpty || line.hasPrefix("#") { continue }
            var parts = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            var weight = 1
            if parts.count > 2, let last = parts.last?.trimmingWhitespace, last.count <= 7, let number = Int(last),
                number >= 0
            {
                weight = number
                parts.removeLast()
            }
            let fallback = keys.isEmpty ? "default" : "default-\(keys.count + 1)"
            var name = parts.count > 1 ? parts.removeFirst().trimmingWhitespace : fallback
            if let slash = name.firstIndex(of: "/") {
                if let provider, name[..<slash] != provider { continue }
                name = String(name[name.index(after: slash)...])
            }
            // Secrets may hold colons.
            let secret = parts.joined(separator: ":").trimmingWhitespace
            guard !secret.isEmpty, secret.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), secret.utf8.count <= 10_000
            else { throw ProviderKeyError(description: "line \(index + 1) holds no key that can be sent") }
            guard isName(name), !keys.contains(where: { $0.name == name }) else {
                throw ProviderKeyError(
                    description: "line \(index + 1): a key's name is unique, of 1 to 50 letters, digits and -_.")
            }
            keys.append(ProviderKey(name: name, secret: secret, weight: weight))
            guard keys.count <= maximumKeys else {
                throw ProviderKeyError(description: "more than \(maximumKeys) keys")
            }
        }
        return keys
    }

    private static func isName(_ name: String) -> Bool {
        (1...50).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

extension StringProtocol {
    fileprivate var trimmingWhitespace: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
