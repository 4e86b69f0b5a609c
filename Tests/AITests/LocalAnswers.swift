import AI

/// The local provider's answers, as tests want them.
enum Local {
    static func answer(_ operation: AIOperation) async throws(AIError) -> ProviderAnswer {
        let call = try LocalProvider().prepare(AIRequest(operation: operation, model: "local"))
        return try await LocalProvider().send(call, key: nil, deadline: .now + .seconds(60))
    }

    static func summary(_ text: String, maxWords: Int = 200) async throws -> String {
        guard case .summary(let summary) = try await answer(.summarize(text: text, maxWords: maxWords)).value else {
            throw AIError(.invalidResponse, "no summary")
        }
        return summary
    }

    static func entities(_ text: String) async throws -> [Entity] {
        guard case .entities(let entities) = try await answer(.extractEntities(text: text)).value else {
            throw AIError(.invalidResponse, "no entities")
        }
        return entities
    }

    /// "type text" of each entity.
    static func found(_ text: String) async throws -> [String] {
        try await entities(text).map { "\($0.type) \($0.text)" }
    }

    static func category(
        _ text: String, _ categories: [String], _ examples: [AIOperation.Example] = []
    ) async throws -> (category: String?, confidence: Double) {
        let response = try await answer(.classify(text: text, categories: categories, examples: examples))
        guard case .category(let category) = response.value, let confidence = response.confidence else {
            throw AIError(.invalidResponse, "no category")
        }
        return (category, confidence)
    }

    static func words(_ text: String) -> Int { text.split(whereSeparator: \.isWhitespace).count }
}

/// Whether each entity lies where it says, in order and without overlaps; card numbers are masked.
func placesHold(_ entities: [Entity], in text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    var last = 0
    for entity in entities {
        guard entity.start >= last, entity.start < entity.end, entity.end <= scalars.count else { return false }
        var source = String.UnicodeScalarView()
        source.append(contentsOf: scalars[entity.start..<entity.end])
        if entity.type != "card", !entity.text.utf8.elementsEqual(String(source).utf8) { return false }
        if !(0...1).contains(entity.confidence) { return false }
        last = entity.end
    }
    return true
}
