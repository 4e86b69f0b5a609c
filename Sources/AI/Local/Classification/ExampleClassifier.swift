import Crypto
import Foundation
import Synchronization

/// Puts a text in one of the caller's categories as its examples show it.
enum ExampleClassifier {
    /// "Unsure" below the probability at which nine in ten of the examples themselves were told right; a category "other"
    /// without examples of its own takes what is left.
    static func answer(
        to text: ScalarText, categories: [String], examples: [AIOperation.Example]
    ) -> CategoryClassifier.Answer {
        let model = ExampleModels.shared.model(categories, examples)
        let answer = model.answer(to: text)
        let confidence = ((answer?.confidence ?? 0) * 1000).rounded() / 1000
        if let answer, answer.isSure {
            return CategoryClassifier.Answer(category: answer.category, confidence: confidence)
        }
        let other = categories.firstIndex { name in
            CategoryClassifier.isOther(name) && !examples.contains { $0.category == name }
        }
        if let other {
            return CategoryClassifier.Answer(category: other, confidence: ((1 - confidence) * 1000).rounded() / 1000)
        }
        return CategoryClassifier.Answer(category: nil, confidence: confidence)
    }
}

/// The models of the examples used last: learning takes a thousand times as long as answering. A `Mutex`, because
/// operations run on threads of their own.
private final class ExampleModels: Sendable {
    static let shared = ExampleModels()

    private static let capacity = 8
    private static let largest = 8 << 20

    private struct Entry {
        var digest: SHA256.Digest
        var model: ExampleModel
    }

    /// The one used last comes last.
    private let entries = Mutex<[Entry]>([])

    func model(_ categories: [String], _ examples: [AIOperation.Example]) -> ExampleModel {
        let digest = Self.digest(categories, examples)
        let known = entries.withLock { entries -> ExampleModel? in
            guard let index = entries.firstIndex(where: { $0.digest == digest }) else { return nil }
            let entry = entries.remove(at: index)
            entries.append(entry)
            return entry.model
        }
        if let known { return known }
        let numbers = Dictionary(
            categories.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let shown = examples.compactMap { example in numbers[example.category].map { (example.text, $0) } }
        let model = ExampleModel(
            shown.map { TermCounts(ScalarText($0.0)) }, labels: shown.map(\.1), categories: categories)
        if model.bytes <= Self.largest {
            entries.withLock { entries in
                if entries.count >= Self.capacity { entries.removeFirst() }
                entries.append(Entry(digest: digest, model: model))
            }
        }
        return model
    }

    /// Lengths before texts: no two lists give the same bytes.
    private static func digest(_ categories: [String], _ examples: [AIOperation.Example]) -> SHA256.Digest {
        var hash = SHA256()
        func add(_ text: String) {
            hash.update(data: Data("\(text.utf8.count):".utf8))
            hash.update(data: Data(text.utf8))
        }
        categories.forEach(add)
        add("examples")
        for example in examples {
            add(example.category)
            add(example.text)
        }
        return hash.finalize()
    }
}
