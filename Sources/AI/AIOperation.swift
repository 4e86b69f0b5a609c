package import JSON

/// What a provider is asked to do: the operations of the service, as one value.
///
/// One value rather than a method each, because selection, failover and the ledger treat all alike.
package enum AIOperation: Sendable, Hashable {
    /// New text. `maxTokens` bounds the answer, reasoning included.
    case generateText(prompt: String, system: String? = nil, maxTokens: Int = AIOperation.usualTokens)
    /// One of `categories`, or unsure. `examples` show what belongs where.
    case classify(text: String, categories: [String], examples: [Example] = [])
    /// A summary of at most `maxWords` words. In scripts written without spaces a character counts as a word.
    case summarize(text: String, maxWords: Int = AIOperation.usualWords)
    /// Names, addresses, amounts, dates and the like, with their places in the text.
    case extractEntities(text: String)
    /// `template` for the reader whom `profile` tells of; its placeholders and links stay as they are. `instructions` are
    /// the author's: tone, language, length.
    case personalize(template: String, profile: JSONValue, instructions: String? = nil)

    /// A text whose category is known.
    package struct Example: Sendable, Hashable {
        package var text: String
        package var category: String

        package init(text: String, category: String) {
            self.text = text
            self.category = category
        }
    }

    /// The operation's name, as capabilities and logs show it.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case generateText = "generate_text"
        case classify
        case summarize
        case extractEntities = "extract_entities"
        case personalize
    }

    package var kind: Kind {
        switch self {
        case .generateText: .generateText
        case .classify: .classify
        case .summarize: .summarize
        case .extractEntities: .extractEntities
        case .personalize: .personalize
        }
    }

    /// The caller's text.
    package var text: String {
        switch self {
        case .generateText(let prompt, _, _): prompt
        case .classify(let text, _, _), .summarize(let text, _), .extractEntities(let text): text
        case .personalize(let template, _, _): template
        }
    }

    /// Of all that is sent of it; of examples, as many as a prompt takes.
    package var bytes: Int {
        switch self {
        case .generateText(let prompt, let system, _): prompt.utf8.count + (system?.utf8.count ?? 0)
        case .classify(let text, let categories, _): text.utf8.count + categories.reduce(0) { $0 + $1.utf8.count }
        case .summarize(let text, _), .extractEntities(let text): text.utf8.count
        case .personalize(let template, let profile, let instructions):
            template.utf8.count + profile.serialized().utf8.count + (instructions?.utf8.count ?? 0)
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
        case .classify(_, let categories, let examples):
            guard (1...Self.maximumCategories).contains(categories.count) else {
                throw AIError(.badRequest, "give from 1 to \(Self.maximumCategories) categories")
            }
            guard categories.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 200 }) else {
                throw AIError(.badRequest, "a category is a text of 1 to 200 bytes")
            }
            guard Set(categories.map { Array($0.utf8) }).count == categories.count else {
                throw AIError(.badRequest, "the categories are not distinct")
            }
            guard examples.count <= Self.maximumExamples,
                examples.reduce(0, { $0 + $1.text.utf8.count }) <= Self.maximumExampleBytes
            else {
                throw AIError(
                    .badRequest,
                    "give at most \(Self.maximumExamples) examples of \(Self.maximumExampleBytes >> 20) MiB together")
            }
            guard examples.allSatisfy({ categories.contains($0.category) }) else {
                throw AIError(.badRequest, "an example's category is not among the categories")
            }
        case .summarize(_, let maxWords):
            guard (1...Self.maximumWords).contains(maxWords) else {
                throw AIError(.badRequest, "max_words must be from 1 to \(Self.maximumWords)")
            }
        case .extractEntities: break
        case .personalize(let template, let profile, let instructions):
            guard template.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
                throw AIError(.badRequest, "the template is empty")
            }
            guard template.utf8.count <= Self.maximumTemplateBytes,
                (instructions?.utf8.count ?? 0) <= Self.maximumTemplateBytes
            else {
                throw AIError(.badRequest, "template and instructions may have \(Self.maximumTemplateBytes) bytes each")
            }
            guard profile.object != nil, profile.serialized().utf8.count <= Self.maximumTemplateBytes else {
                throw AIError(.badRequest, "the profile is an object of at most \(Self.maximumTemplateBytes) bytes")
            }
        }
    }

    package static let usualTokens = 1024
    package static let usualWords = 200
    package static let maximumTokens = 128_000
    package static let maximumCategories = 100
    package static let maximumWords = 10_000
    package static let maximumExamples = 5_000
    package static let maximumExampleBytes = 8 << 20
    package static let maximumTemplateBytes = 64 << 10
}
