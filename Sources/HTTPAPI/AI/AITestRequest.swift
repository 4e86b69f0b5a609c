import AI
import JSON

/// The body of `POST /workflows/ai/test`.
struct AITestRequest {
    /// As large as any JSON body: longer texts are for workflows, which read documents.
    static let bodyLimit = 4 << 20

    let operation: AIOperation
    let options: AICallOptions
    /// Whose budgets the call counts against, besides those for all.
    let template: String?

    init(_ body: JSONObject, _ prices: PriceBook) throws(Problem) {
        let name = try Self.text("operation", body)
        guard let kind = AIOperation.Kind(rawValue: name) else {
            let names = AIOperation.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.invalidMember("operation", "operation is one of \(names).")
        }
        try body.refuseUnknown(
            besides: ["operation"] + Self.members(of: kind) + ["model", "cache", "workflow_template"])
        operation = try Self.operation(kind, body)
        options = try Self.options(body, prices)
        template = try body.member("workflow_template", "string", \.string)
        // As the ledger's rows take it.
        guard template.map({ (1...100).contains($0.unicodeScalars.count) && !$0.unicodeScalars.contains("\0") }) ?? true
        else { throw Problem.invalidMember("workflow_template", "workflow_template has 1 to 100 characters.") }
    }

    private static func members(of kind: AIOperation.Kind) -> [String] {
        switch kind {
        case .generateText: ["prompt", "system", "max_tokens"]
        case .classify: ["text", "categories", "examples"]
        case .summarize: ["text", "max_words"]
        case .extractEntities: ["text"]
        case .personalize: ["template", "profile", "instructions"]
        }
    }

    private static func operation(_ kind: AIOperation.Kind, _ body: JSONObject) throws(Problem) -> AIOperation {
        switch kind {
        case .generateText:
            return .generateText(
                prompt: try text("prompt", body), system: try body.member("system", "string", \.string),
                maxTokens: try number("max_tokens", body) ?? AIOperation.usualTokens)
        case .classify:
            return .classify(
                text: try text("text", body), categories: try categories(body), examples: try examples(body))
        case .summarize:
            return .summarize(
                text: try text("text", body), maxWords: try number("max_words", body) ?? AIOperation.usualWords)
        case .extractEntities: return .extractEntities(text: try text("text", body))
        case .personalize:
            guard let profile = try body.member("profile", "object", \.object) else { throw missing("profile") }
            return .personalize(
                template: try text("template", body), profile: .object(profile),
                instructions: try body.member("instructions", "string", \.string))
        }
    }

    private static func options(_ body: JSONObject, _ prices: PriceBook) throws(Problem) -> AICallOptions {
        var options = AICallOptions()
        if let name = try body.member("model", "string", \.string) {
            guard let model = prices.model(named: name) else {
                throw Problem.invalidMember(
                    "model", "There is no model \(name.prefix(100).debugDescription); write provider/model, or local.")
            }
            options.model = model
        }
        if let name = try body.member("cache", "string", \.string) {
            guard let use = AICallOptions.CacheUse(rawValue: name) else {
                let names = AICallOptions.CacheUse.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem.invalidMember("cache", "cache is one of \(names).")
            }
            options.cache = use
        }
        return options
    }

    private static func text(_ name: String, _ body: JSONObject) throws(Problem) -> String {
        guard let text = try body.member(name, "string", \.string) else { throw missing(name) }
        return text
    }

    private static func number(_ name: String, _ body: JSONObject) throws(Problem) -> Int? {
        let number = try body.member(name, "integer", \.integer)
        return number.map { Int(clamping: $0) }
    }

    private static func categories(_ body: JSONObject) throws(Problem) -> [String] {
        guard let values = try body.member("categories", "array", \.array) else { throw missing("categories") }
        var categories: [String] = []
        for (index, value) in values.enumerated() {
            guard let category = value.string else {
                throw Problem.invalidMember("categories/\(index)", "A category is a text.")
            }
            categories.append(category)
        }
        return categories
    }

    private static func examples(_ body: JSONObject) throws(Problem) -> [AIOperation.Example] {
        var examples: [AIOperation.Example] = []
        for (index, value) in (try body.member("examples", "array", \.array) ?? []).enumerated() {
            guard let text = value["text"]?.string, let category = value["category"]?.string else {
                throw Problem.invalidMember("examples/\(index)", "An example is {\"text\", \"category\"}, both texts.")
            }
            examples.append(AIOperation.Example(text: text, category: category))
        }
        return examples
    }

    private static func missing(_ name: String) -> Problem {
        .badRequest(
            "missing_member", "\(name) is required.",
            errors: [["pointer": .string("/\(name)"), "message": "is required"]])
    }
}
