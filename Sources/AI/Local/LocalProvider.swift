/// The built-in provider: classical, deterministic language processing in this process, at no cost.
///
/// The same text gives the same answer on every machine. It summarizes by picking sentences, recognises entities by rules,
/// classifies by a lexicon, and generates nothing: it never invents.
package struct LocalProvider: AIProvider {
    package static let name = "local"
    package static let model = "local"

    package init() {}

    package var name: String { Self.name }

    package func supports(_ kind: AIOperation.Kind) -> Bool { kind != .generateText }

    package func answer(_ request: AIRequest) async throws(AIError) -> AIResponse {
        throw AIError(.unsupported, "not yet")
    }
}
