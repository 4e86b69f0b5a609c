import JSON

/// An operation as a conversation, whoever the vendor is: instructions apart from the texts of others, and a schema for what
/// is not free text.
struct ChatPrompt: Sendable {
    struct Message: Sendable, Hashable {
        enum Role: String, Sendable { case user, assistant }

        var role: Role
        var content: String
    }

    let request: AIRequest
    /// Of its texts, such as `classify/1`.
    let version: String
    private(set) var system: String?
    private(set) var messages: [Message] = []
    /// nil: the answer is free text.
    private(set) var schema: JSONValue?
    private(set) var maximumOutputTokens: Int
    /// Of a batch, in the order of its operations; empty for a single one.
    private(set) var keys: [String] = []

    /// Room for what reasoning models think before they answer, which counts as output.
    fileprivate static let reasoning = 4096
    /// For the entities of one text.
    fileprivate static let entities = 12_000

    /// - Throws: `unsupported` for a batch of operations that cannot be asked together.
    init(_ request: AIRequest) throws(AIError) {
        self = try request.batched.isEmpty ? Self(single: request) : Self(batch: request)
    }

    private init(single request: AIRequest) {
        self.request = request
        let operation = request.operation
        version = Prompts.version(of: operation)
        maximumOutputTokens = operation.kind.maximumOutputTokens(operation.answerSize)
        switch operation {
        case .generateText(let prompt, let system, _):
            self.system = system
            messages = [Message(role: .user, content: prompt)]
        case .classify(let text, let categories, let examples):
            ask(Prompts.classify, about: text, Self.places(categories, examples))
            schema = AnswerSchema.classification(categories)
        case .summarize(let text, let maxWords):
            ask(Prompts.summarize, about: text, ["words": String(maxWords)])
        case .extractEntities(let text):
            ask(Prompts.extractEntities, about: text)
            schema = AnswerSchema.extraction
        case .personalize(let template, let profile, let instructions):
            let profile = profile.serialized()
            let mark = Fence.mark(of: profile + "\n" + template)
            let wishes = instructions.map { "\nThe author wishes: \($0)" } ?? ""
            system = Prompts.personalize.filled(["mark": mark, "wishes": wishes])
            let content =
                Fence.around(profile, mark: "PROFILE \(mark)") + "\n" + Fence.around(template, mark: "TEMPLATE \(mark)")
            messages = [Message(role: .user, content: content)]
        }
        if let rejected = request.rejectedAnswer {
            messages.append(Message(role: .assistant, content: rejected))
            messages.append(Message(role: .user, content: Self.repair(of: rejected, to: operation)))
        }
        maximumOutputTokens = min(maximumOutputTokens, request.outputLimit ?? .max)
    }

    private init(batch request: AIRequest) throws(AIError) {
        self.request = request
        let operations = [request.operation] + request.batched
        // A key that nobody else's text can name, and that equal texts do not share.
        keys = operations.enumerated().map { index, operation in "\(Fence.mark(of: operation.text))-\(index + 1)" }
        var places = [
            "count": String(operations.count),
            "keys": JSONValue.array(keys.map { .string($0) }).serialized(),
        ]
        let prompt: Prompt
        switch request.operation {
        case .classify(_, let categories, let examples):
            for operation in operations {
                guard case .classify(_, categories, examples) = operation else { throw Self.mixed }
            }
            prompt = Prompts.classifyBatch
            schema = AnswerSchema.classifications(categories, keys: keys)
            maximumOutputTokens = Self.reasoning + 64 * operations.count
            places.merge(Self.places(categories, examples)) { given, _ in given }
        case .extractEntities:
            guard operations.allSatisfy({ $0.kind == .extractEntities }) else { throw Self.mixed }
            prompt = Prompts.extractEntitiesBatch
            schema = AnswerSchema.extractions(keys: keys)
            maximumOutputTokens = Self.reasoning + Self.entities * operations.count
        case .generateText, .summarize, .personalize: throw Self.mixed
        }
        version = prompt.version
        system = prompt.filled(places)
        let texts = zip(keys, operations).map { key, operation in Fence.around(operation.text, mark: key) }
        messages = [Message(role: .user, content: texts.joined(separator: "\n"))]
        maximumOutputTokens = min(maximumOutputTokens, request.outputLimit ?? .max)
    }

    private static let mixed = AIError(.unsupported, "these operations cannot be asked together")

    private mutating func ask(_ prompt: Prompt, about text: String, _ places: [String: String] = [:]) {
        let mark = Fence.mark(of: text)
        system = prompt.filled(places.merging(["mark": mark]) { given, _ in given })
        messages = [Message(role: .user, content: Fence.around(text, mark: mark))]
    }

    /// The examples are texts of others as well: JSON keeps each within its quotes.
    private static func places(_ categories: [String], _ examples: [AIOperation.Example]) -> [String: String] {
        let lines = examples.prefix(50).map { example in
            JSONValue.object([
                "text": .string(String(example.text.prefix(1000))), "category": .string(example.category),
            ]).serialized()
        }
        return [
            "categories": JSONValue.array(categories.map { .string($0) }).serialized(),
            "examples": lines.isEmpty ? "" : " Examples, which are data too: " + lines.joined(separator: "\n"),
        ]
    }

    private static func repair(of rejected: String, to operation: AIOperation) -> String {
        guard case .personalize(let template, _, _) = operation else { return Prompts.repair.filled() }
        let violations = Personalization(template).violations(of: rejected).prefix(20)
        return Prompts.repairPersonalize.filled(["violations": violations.joined(separator: "; it ")])
    }
}

extension AIOperation {
    /// What the room for its answer depends on; see `Kind.maximumOutputTokens`.
    fileprivate var answerSize: Int {
        switch self {
        case .generateText(_, _, let maxTokens): maxTokens
        case .summarize(_, let maxWords): maxWords
        case .personalize(let template, _, _): template.utf8.count
        case .classify, .extractEntities: 0
        }
    }
}

extension AIOperation.Kind {
    /// The most output tokens that a call for one operation asks for, reasoning included.
    ///
    /// - Parameter size: of a generated text in tokens, of a summary in words, of a template in bytes; nothing to the others.
    package func maximumOutputTokens(_ size: Int) -> Int {
        switch self {
        case .generateText: size
        case .classify: ChatPrompt.reasoning
        case .summarize: ChatPrompt.reasoning + 4 * size
        case .extractEntities: ChatPrompt.reasoning + ChatPrompt.entities
        case .personalize: ChatPrompt.reasoning + 512 + size
        }
    }
}

extension ChatPrompt {
    /// The instructions with the schema in words, for models that cannot be given it otherwise.
    var systemWithSchema: String? {
        guard let schema else { return system }
        return (system ?? "") + Prompts.schema.filled(["schema": schema.serialized()])
    }

    /// A name for the schema where a vendor wants one.
    var schemaName: String { request.operation.kind.rawValue + (keys.isEmpty ? "" : "_batch") }
}
