/// A key to a provider. Its description shows the name alone.
package struct ProviderKey: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// Shown in the ledger and in health, in the secret's place.
    package var name: String
    package var secret: String
    /// How often it is chosen beside the others; 0 only when no other can be used.
    package var weight: Int

    package init(name: String, secret: String, weight: Int = 1) {
        self.name = name
        self.secret = secret
        self.weight = weight
    }

    package var description: String { "key \(name)" }
    package var customMirror: Mirror { Mirror(self, children: ["name": name, "weight": weight]) }
}
