import Crypto
import Foundation
import Synchronization

/// The models of the examples used last: a workflow asks about many texts with the same ones, and learning takes a
/// thousand times as long as answering. `Mutex`es, because operations run on threads of their own.
final class ExampleModels: Sendable {
    static let shared = ExampleModels()

    /// Bytes and number of the models kept; the largest model has 17 MB.
    private static let capacity = 64 << 20
    private static let mostKept = 64

    /// Who comes first learns, others with the same examples wait for it.
    private final class Lesson: Sendable {
        let model = Mutex<ExampleModel?>(nil)
    }

    private struct Entry {
        var digest: SHA256.Digest
        var lesson: Lesson
        /// 0 while it is learnt.
        var bytes = 0
    }

    /// The one used last comes last.
    private let entries = Mutex<[Entry]>([])

    func model(_ categories: [String], _ examples: [AIOperation.Example]) -> ExampleModel {
        let digest = Self.digest(categories, examples)
        let lesson = entries.withLock { entries in
            let known = entries.firstIndex { $0.digest == digest }.map { entries.remove(at: $0) }
            let entry = known ?? Entry(digest: digest, lesson: Lesson())
            entries.append(entry)
            return entry.lesson
        }
        let (model, isNew) = lesson.model.withLock { model in
            if let model { return (model, false) }
            let learnt = Self.learn(categories, examples)
            model = learnt
            return (learnt, true)
        }
        if isNew { keep(digest, bytes: model.bytes) }
        return model
    }

    private func keep(_ digest: SHA256.Digest, bytes: Int) {
        entries.withLock { entries in
            if let index = entries.firstIndex(where: { $0.digest == digest }) { entries[index].bytes = bytes }
            var sum = entries.reduce(0) { $0 + $1.bytes }
            while sum > Self.capacity || entries.count > Self.mostKept { sum -= entries.removeFirst().bytes }
        }
    }

    private static func learn(_ categories: [String], _ examples: [AIOperation.Example]) -> ExampleModel {
        let numbers = Dictionary(
            categories.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let shown = examples.compactMap { example in numbers[example.category].map { (example.text, $0) } }
        return ExampleModel(
            shown.map { TermCounts(ScalarText($0.0)) }, labels: shown.map(\.1), categories: categories)
    }

    /// Lengths before texts: no two lists give the same bytes.
    private static func digest(_ categories: [String], _ examples: [AIOperation.Example]) -> SHA256.Digest {
        var hash = SHA256()
        func add(_ text: String) {
            hash.update(data: Data("\(text.utf8.count):".utf8))
            hash.update(data: Data(text.utf8))
        }
        hash.update(data: Data("\(categories.count) ".utf8))
        categories.forEach(add)
        for example in examples {
            add(example.category)
            add(example.text)
        }
        return hash.finalize()
    }
}
