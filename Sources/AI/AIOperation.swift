/// What a provider is asked to do: the four operations of the service, as one value.
///
/// One value rather than four methods, because selection, failover and the ledger treat all four alike.
package enum AIOperation: Sendable, Hashable {
    /// New text. `maxTokens` bounds the answer, reasoning included.
    case generateText(prompt: String, system: String? = nil, maxTokens: Int = 1024)
    /// One of `categories`, or unsure.
    case classify(text: String, categories: [String])
    /// A summary of at most `maxWords` words. In scripts written without spaces a character counts as a word.
    case summarize(text: String, maxWords: Int = 200)
    /// Names, addresses, amounts, dates and the like, with their places in the text.
    case extractEntities(text: String)

    /// The operation's name, as capabilities and logs show it.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case generateText = "generate_text"
        case classify
        case summarize
        case extractEntities = "extract_entities"
    }

    package var kind: Kind {
        switch self {
        case .generateText: .generateText
        case .classify: .classify
        case .summarize: .summarize
        case .extractEntities: .extractEntities
        }
    }

    /// The caller's text.
    package var text: String {
        switch self {
        case .generateText(let prompt, _, _): prompt
        case .classify(let text, _), .summarize(let text, _), .extractEntities(let text): text
        }
    }

    /// Refuses what no provider could answer, before anything is paid for.
    package func validate() throws(AIError) {
        switch self {
        case .generateText(let prompt, _, let maxTokens):
            guard prompt.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
                throw AIError(.badRequest, "the prompt is empty")
            }
            guard (1...Self.maximumTokens).contains(maxTokens) else {
                throw AIError(.badRequest, "max_tokens must be from 1 to \(Self.maximumTokens)")
            }
        case .classify(_, let categories):
            guard (1...Self.maximumCategories).contains(categories.count) else {
                throw AIError(.badRequest, "give from 1 to \(Self.maximumCategories) categories")
            }
            guard categories.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 200 }) else {
                throw AIError(.badRequest, "a category is a text of 1 to 200 bytes")
            }
            guard Set(categories.map { Array($0.utf8) }).count == categories.count else {
                throw AIError(.badRequest, "the categories are not distinct")
            }
        case .summarize(_, let maxWords):
            guard (1...Self.maximumWords).contains(maxWords) else {
                throw AIError(.badRequest, "max_words must be from 1 to \(Self.maximumWords)")
            }
        case .extractEntities: break
        }
    }

    package static let maximumTokens = 128_000
    package static let maximumCategories = 100
    package static let maximumWords = 10_000
}
