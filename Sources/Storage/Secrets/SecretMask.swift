import Foundation
package import JSON

/// Puts `***` in the place of secrets, as they are and in the forms in which they travel: percent-encoded, in base64, inside
/// of JSON texts. What is transformed in other ways is not recognised.
package struct SecretMask: Sendable {
    /// Nothing is secret.
    package static let none = SecretMask([])

    /// Longer ones first: one may stand in another.
    private let texts: [String]

    /// - Parameter secrets: those of less than 4 bytes would mutilate ordinary text, and are left.
    package init(_ secrets: some Sequence<String>) {
        var texts: Set<String> = []
        for secret in secrets where secret.utf8.count >= 4 {
            texts.insert(secret)
            texts.insert(String(JSONValue.string(secret).serialized().dropFirst().dropLast()))
            texts.insert(Data(secret.utf8).base64EncodedString())
            texts.insert(Data(secret.utf8).base64URL)
            for allowed in [CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~")), .urlQueryAllowed] {
                if let encoded = secret.addingPercentEncoding(withAllowedCharacters: allowed) { texts.insert(encoded) }
            }
        }
        self.texts = texts.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    package var isEmpty: Bool { texts.isEmpty }

    package func callAsFunction(_ text: String) -> String {
        var text = text
        for secret in texts where text.utf8.count >= secret.utf8.count { text = text.replacing(secret, with: "***") }
        return text
    }

    package func callAsFunction(_ value: JSONValue) -> JSONValue {
        guard !isEmpty else { return value }
        switch value {
        case .string(let text): return .string(self(text))
        case .array(let elements): return .array(elements.map { self($0) })
        case .object(let members):
            var masked = JSONObject()
            for (key, member) in members { masked[self(key)] = self(member) }
            return .object(masked)
        default: return value
        }
    }
}
