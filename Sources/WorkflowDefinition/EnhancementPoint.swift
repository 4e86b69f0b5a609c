package import JSON

/// Where AI can make a definition's runs better: one `metadata.enhancement`, with the calls that it covers.
package struct EnhancementPoint: Sendable, Hashable {
    package enum FallbackKind: String, Sendable {
        case value
        case tasks = "do"
        case fault
    }

    package var id: String
    package var task: String
    package var position: JSONPointer
    package var tiers: [String]
    package var fallback: FallbackKind
    /// Names of the functions and activities called inside, `http` included, each once, in document order.
    package var calls: [String]
    /// Those of `calls` that the catalogue knows as AI functions.
    package var aiFunctions: [String]

    package init(
        id: String, task: String, position: JSONPointer, tiers: [String], fallback: FallbackKind, calls: [String],
        aiFunctions: [String]
    ) {
        self.id = id
        self.task = task
        self.position = position
        self.tiers = tiers
        self.fallback = fallback
        self.calls = calls
        self.aiFunctions = aiFunctions
    }
}
