import JSON

/// An answer as the ledger and the cache keep it.
struct KeptAnswer: Sendable, Hashable {
    var value: AIValue
    var confidence: Double?
    var provider: String
    var model: String

    var json: JSONValue {
        [
            "value": value.json, "confidence": confidence.map { .number($0) } ?? .null, "provider": .string(provider),
            "model": .string(model),
        ]
    }
}

extension KeptAnswer {
    /// nil for what is no answer to such an operation.
    init?(_ json: JSONValue, to operation: AIOperation) {
        guard let value = json["value"].flatMap({ AIValue($0, of: operation) }),
            let provider = json["provider"]?.string, let model = json["model"]?.string
        else { return nil }
        self.init(value: value, confidence: json["confidence"]?.double, provider: provider, model: model)
    }
}

extension AIValue {
    /// The reverse of `json`.
    fileprivate init?(_ json: JSONValue, of operation: AIOperation) {
        switch operation {
        case .generateText, .personalize:
            guard let text = json.string else { return nil }
            self = .text(text)
        case .summarize:
            guard let text = json.string else { return nil }
            self = .summary(text)
        case .classify(_, let categories, _):
            guard let name = json.string else { return nil }
            // A category may be called "unsure" as well; then it is that one.
            let category = categories.first { $0.hasSameBytes(as: name) }
            guard category != nil || name == "unsure" else { return nil }
            self = .category(category)
        case .extractEntities:
            guard let entities = json.array?.map(Entity.init), !entities.contains(nil) else { return nil }
            self = .entities(entities.compactMap(\.self))
        }
    }
}

extension Entity {
    fileprivate init?(_ json: JSONValue) {
        guard let type = json["type"]?.string, let text = json["text"]?.string, let start = json["start"]?.integer,
            let end = json["end"]?.integer, let confidence = json["confidence"]?.double
        else { return nil }
        self.init(type: type, text: text, start: Int(clamping: start), end: Int(clamping: end), confidence: confidence)
    }
}
