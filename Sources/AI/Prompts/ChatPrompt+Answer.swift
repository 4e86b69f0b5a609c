import JSON

extension ChatPrompt {
    /// The completion's values, checked against what was asked: an answer of another form, which injected text may want, is
    /// none.
    ///
    /// - Throws: `contentPolicy`, or `invalidResponse` with the rejected answer where asking again may help.
    func answer(_ completion: ChatCompletion, tokens: TokenUsage) throws(AIError) -> ProviderAnswer {
        do {
            return try read(completion, tokens)
        } catch {
            // Not used, but paid for.
            var error = error
            error.tokens = tokens
            error.wasSent = true
            error.liesWithRequest = completion.end == .cut || request.operation.kind == .personalize
            throw error
        }
    }

    private func read(_ completion: ChatCompletion, _ tokens: TokenUsage) throws(AIError) -> ProviderAnswer {
        guard completion.end != .refused else {
            throw AIError(.contentPolicy, "the AI model refuses to answer")
        }
        guard let text = completion.text, text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw AIError(
                .invalidResponse,
                completion.end == .cut
                    ? "the AI model reached its output limit before it answered" : "the AI model's answer is empty")
        }
        // A cut answer would be cut again.
        let rejected = completion.end == .cut ? nil : text
        switch request.operation {
        case .generateText: return ProviderAnswer(value: .text(text), tokens: tokens)
        case .summarize(_, let maxWords):
            return ProviderAnswer(value: .summary(Summarizer.shortened(text, maxWords: maxWords)), tokens: tokens)
        case .personalize(let template, _, _):
            let violation = Personalization(template).violations(of: text).first
            guard violation == nil, completion.end == .complete else {
                throw AIError(
                    .invalidResponse, "the AI model's text \(violation ?? "was cut")", rejectedAnswer: rejected)
            }
            return ProviderAnswer(value: .text(text), tokens: tokens)
        case .classify, .extractEntities:
            guard let answers = structured(text) else {
                throw AIError(
                    .invalidResponse, "the AI model's answer does not have the form asked for", rejectedAnswer: rejected
                )
            }
            return ProviderAnswer(
                value: answers[0].value, confidence: answers[0].confidence, batched: Array(answers.dropFirst()),
                tokens: tokens)
        }
    }

    /// One answer an operation, in their order; nil when anything is missing or has another form.
    private func structured(_ text: String) -> [ProviderAnswer.BatchedAnswer]? {
        guard var value = Self.object(in: text), let schema else { return nil }
        var answers: [JSONValue]
        if keys.isEmpty {
            value = normalized(value)
            answers = [value]
        } else {
            answers = (value["answers"]?.array ?? []).map(normalized)
            value = ["answers": .array(answers)]
            let order = answers.compactMap { answer in keys.firstIndex { $0 == answer["key"]?.string } }
            guard order.count == answers.count, Set(order).count == keys.count, order.count == keys.count else {
                return nil
            }
            answers = zip(order, answers).sorted { $0.0 < $1.0 }.map(\.1)
        }
        guard let schema = try? JSONSchema(compiling: schema), schema.validate(value).isEmpty else { return nil }
        let operations = [request.operation] + request.batched
        return zip(operations, answers).map { operation, answer in
            switch operation {
            case .classify(_, let categories, _):
                let category = answer["category"]?.string
                return .init(
                    value: .category(categories.first { $0 == category }), confidence: answer["confidence"]?.double)
            default:
                let mentions = (answer["entities"]?.array ?? []).map { entity in
                    EntityLocator.Mention(
                        type: entity["type"]?.string ?? "", text: entity["text"]?.string ?? "",
                        confidence: entity["confidence"]?.double ?? 0)
                }
                return .init(value: .entities(EntityLocator.locate(mentions, in: operation.text)), confidence: nil)
            }
        }
    }

    /// With what models without schemas like to get wrong put right: the case of a category, confidences beyond their range,
    /// entities of unheard-of types or without a text.
    private func normalized(_ answer: JSONValue) -> JSONValue {
        guard var object = answer.object else { return answer }
        if case .classify(_, let categories, _) = request.operation {
            if let category = object["category"]?.string, !categories.contains(category) {
                let other = categories.first { $0.lowercased() == category.lowercased() }
                object["category"] = .string(other ?? category.lowercased())
            }
            object["confidence"] = object["confidence"].map(Self.share)
        } else if let entities = object["entities"]?.array {
            object["entities"] = .array(
                entities.compactMap { entity in
                    guard let text = entity["text"]?.string, let type = entity["type"]?.string else { return nil }
                    return [
                        "type": .string(EntityLocator.types.contains(type) ? type : "other"), "text": .string(text),
                        "confidence": Self.share(entity["confidence"]?.double.map { .number($0) } ?? 0.5),
                    ]
                })
        }
        // Members nobody asked for say nothing.
        object.removeAll { !["key", "category", "confidence", "entities"].contains($0.key) }
        return .object(object)
    }

    private static func share(_ value: JSONValue) -> JSONValue {
        value.double.map { .number(min(max($0, 0), 1)) } ?? value
    }

    /// The text's JSON object; models without structured output like to put it in a code block.
    private static func object(in text: String) -> JSONValue? {
        guard let start = text.utf8.firstIndex(of: UInt8(ascii: "{")),
            let end = text.utf8.lastIndex(of: UInt8(ascii: "}")),
            start < end, let value = try? JSONValue(parsing: String(text[start...end])), value.object != nil
        else { return nil }
        return value
    }
}
