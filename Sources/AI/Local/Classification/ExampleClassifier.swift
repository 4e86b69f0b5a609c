/// Puts a text in one of the caller's categories as its examples show it.
enum ExampleClassifier {
    /// "Unsure" below the probability from which on nine in ten of the examples themselves were told right; a category "other"
    /// without examples of its own takes what is left.
    static func answer(
        to text: ScalarText, categories: [String], examples: [AIOperation.Example]
    ) -> CategoryClassifier.Answer {
        let answer = ExampleModels.shared.model(categories, examples).answer(to: text)
        let confidence = rounded(answer?.confidence ?? 0)
        if let answer, answer.isSure {
            return CategoryClassifier.Answer(category: answer.category, confidence: confidence)
        }
        let other = categories.firstIndex { name in
            CategoryClassifier.isOther(name) && !examples.contains { $0.category == name }
        }
        guard let other else { return CategoryClassifier.Answer(category: nil, confidence: confidence) }
        return CategoryClassifier.Answer(category: other, confidence: rounded(min(0.9, 1 - confidence)))
    }

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
