import JSON

extension AIOperation {
    /// All that decides the answer, the prompt's version included; equal for texts that differ in line ends and outer
    /// blanks alone, except where places in the text, or the text itself, come back.
    var identity: JSONValue {
        let version = JSONValue.string(Prompts.version(of: self))
        switch self {
        case .generateText(let prompt, let system, let maxTokens):
            return [
                version, .string(prompt.normalized), system.map { .string($0.normalized) } ?? .null,
                .integer(Int64(maxTokens)),
            ]
        case .classify(let text, let categories, let examples):
            return [
                version, .string(text.normalized), .array(categories.map { .string($0) }),
                .array(examples.map { [.string($0.text), .string($0.category)] }),
            ]
        case .summarize(let text, let maxWords): return [version, .string(text.normalized), .integer(Int64(maxWords))]
        case .extractEntities(let text): return [version, .string(text)]
        case .personalize(let template, let profile, let instructions):
            return [version, .string(template), profile, instructions.map { .string($0) } ?? .null]
        }
    }

    /// Operations that may share a provider's call: all but the text is the same. nil: they are asked one by one.
    var batchKey: JSONValue? {
        switch self {
        case .classify(_, let categories, let examples):
            AIOperation.classify(text: "", categories: categories, examples: examples).identity
        case .extractEntities: AIOperation.extractEntities(text: "").identity
        case .generateText, .summarize, .personalize: nil
        }
    }
}

extension String {
    fileprivate var normalized: String {
        var text = Substring(replacing("\r\n", with: "\n"))
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
