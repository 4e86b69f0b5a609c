import Dispatch

/// The built-in provider: classical, deterministic language processing in this process, at no cost.
///
/// The same text gives the same answer on every machine. It summarizes by picking sentences, recognises entities by
/// rules, classifies by a lexicon or by examples, fills templates, and generates nothing: it never invents.
package struct LocalProvider: AIProvider {
    package static let name = "local"
    package static let model = "local"
    /// Texts beyond this are refused; 3 MB take about a second.
    package static let maximumBytes = 32 << 20

    package init() {}

    package var name: String { Self.name }
    package var maximumInputTokens: Int { 0 }

    package func supports(_ kind: AIOperation.Kind) -> Bool { kind != .generateText }

    package func prepare(_ request: AIRequest) throws(AIError) -> PreparedCall {
        guard supports(request.operation.kind), request.batched.isEmpty else {
            throw AIError(.unsupported, "the local provider does not do \(request.operation.kind.rawValue)")
        }
        guard request.operation.text.utf8.count <= Self.maximumBytes else {
            throw AIError(.contextTooLong, "the text is longer than \(Self.maximumBytes) bytes")
        }
        return PreparedCall(request: request)
    }

    /// Runs on a thread of its own: seconds of computing must not hold up the tasks of others.
    package func send(
        _ call: PreparedCall, key: ProviderKey?, deadline: ContinuousClock.Instant
    ) async throws(AIError) -> ProviderAnswer {
        let operation = call.request.operation
        let outcome = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Self.outcome(of: operation)) }
        }
        return try outcome.get()
    }

    private static func outcome(of operation: AIOperation) -> Result<ProviderAnswer, AIError> {
        let value: AIValue
        var confidence: Double?
        switch operation {
        case .generateText:
            return .failure(AIError(.unsupported, "the local provider does not generate text"))
        case .summarize(let text, let maxWords):
            value = .summary(Summarizer.summarize(ScalarText(text), maxWords: maxWords))
        case .extractEntities(let text):
            value = .entities(EntityFinder.entities(ScalarText(text)))
        case .personalize(let template, let profile, _):
            let answer = Personalization(template).filled(from: profile)
            value = .text(answer.text)
            confidence = answer.confidence
        case .classify(let text, let categories, let examples):
            let answer =
                examples.isEmpty
                ? CategoryClassifier.classify(ScalarText(text), categories: categories)
                : ExampleClassifier.answer(to: ScalarText(text), categories: categories, examples: examples)
            value = .category(answer.category.map { categories[$0] })
            confidence = answer.confidence
        }
        return .success(ProviderAnswer(value: value, confidence: confidence, tokens: .none))
    }

    /// The sentences and lines that summaries are chosen from, in document order, without headings: measurements give
    /// them to the peers, so that all choose among the same.
    package static func units(of text: String) -> [String] {
        let scalars = ScalarText(text)
        return Segmenter.units(scalars).filter { $0.kind != .heading }.map { scalars.string($0.range) }
    }
}
