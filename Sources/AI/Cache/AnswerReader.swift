import Storage

/// Looks answers up together: those asked for while a lookup is under way go with the next.
///
/// An actor, because its callers are everywhere and its state is a queue; the work is the database's.
actor AnswerReader {
    /// Of one lookup.
    private static let most = 16

    private let store: AnswerCacheStore
    private var waiting: [(key: AnswerKey, continuation: CheckedContinuation<CachedAnswer?, any Error>)] = []
    private var isReading = false

    init(_ store: AnswerCacheStore) { self.store = store }

    func get(_ key: AnswerKey) async throws -> CachedAnswer? {
        try await withCheckedThrowingContinuation { continuation in
            waiting.append((key, continuation))
            guard !isReading else { return }
            isReading = true
            Task { await read() }
        }
    }

    private func read() async {
        while !waiting.isEmpty {
            let asked = waiting.prefix(Self.most)
            waiting.removeFirst(asked.count)
            do {
                let found = try await store.get(Set(asked.map(\.key)))
                for (key, continuation) in asked { continuation.resume(returning: found[key]) }
            } catch {
                for (_, continuation) in asked { continuation.resume(throwing: error) }
            }
        }
        isReading = false
    }
}
