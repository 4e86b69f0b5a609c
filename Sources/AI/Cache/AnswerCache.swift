package import Foundation
import JSON
package import Logging
package import Storage
import Synchronization

/// Answers to exact repeats, of one tenant and model: memory in front of the database. What cannot be read or written is as
/// if it were not there: a cache never fails a call.
package final class AnswerCache: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// How long an answer is given again; zero turns the cache off.
        package var age: Duration
        /// Of one process.
        package var memoryBytes: Int
        /// Of all processes together.
        package var storedBytes: Int64

        package init(age: Duration = .seconds(86_400), memoryBytes: Int = 16 << 20, storedBytes: Int64 = 256 << 20) {
            self.age = age
            self.memoryBytes = memoryBytes
            self.storedBytes = storedBytes
        }
    }

    private static let trimInterval: Duration = .seconds(60)
    /// Larger ones are not kept.
    private static let maximumBytes = 1 << 20
    private static let writeInterval: Duration = .milliseconds(20)
    private static let maximumUnwritten = 1_000

    private let configuration: Configuration
    private let store: AnswerCacheStore?
    private let reader: AnswerReader?
    private let memory: Cache<AnswerKey, CachedAnswer>
    private let unwritten = Mutex<[AnswerKey: CachedAnswer]>([:])
    private let logger: Logger
    let flights = Flights()

    /// - Parameter database: nil: in memory alone.
    package init(_ configuration: Configuration, database: (any Database)?, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        store = database.map(AnswerCacheStore.init)
        reader = store.map(AnswerReader.init)
        memory = Cache(
            "ai_answers",
            limits: .init(entries: 2_000, bytes: configuration.memoryBytes, age: configuration.age)
        ) { 512 + $0.answer.serializedBytes().count }
    }

    var isOn: Bool { configuration.age > .zero }

    /// In memory, without waiting for anything.
    func remembered(_ key: AnswerKey, to operation: AIOperation) -> KeptAnswer? {
        guard let found = memory.kept(key), found.expiresAt > Date() else { return nil }
        return KeptAnswer(found.answer, to: operation)
    }

    func answer(_ key: AnswerKey, to operation: AIOperation) async -> KeptAnswer? {
        do {
            let reader = reader
            let found = try await memory.value(key) { try await reader?.get(key) }
            guard let found, found.expiresAt > Date() else { return nil }
            return KeptAnswer(found.answer, to: operation)
        } catch {
            logger.debug("The cache of AI answers cannot be read", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// At once in memory, soon in the database: nobody waits for that.
    func keep(_ answer: KeptAnswer, for key: AnswerKey, _ operation: AIOperation.Kind) {
        let now = Date()
        let cached = CachedAnswer(
            tenantID: key.tenant, digest: key.digest, operation: operation.rawValue, provider: answer.provider,
            model: answer.model, answer: answer.json, createdAt: now,
            expiresAt: now.addingTimeInterval(configuration.age / .seconds(1)))
        guard cached.answer.serializedBytes().count <= Self.maximumBytes else { return }
        memory.keep(cached, for: key)
        guard store != nil else { return }
        let isFirst = unwritten.withLock { unwritten in
            // A database that is away loses answers, not memory.
            if unwritten.count < Self.maximumUnwritten { unwritten[key] = cached }
            return unwritten.count == 1
        }
        if isFirst { Task { await write() } }
    }

    /// What has come together meanwhile, in one transaction.
    private func write() async {
        try? await Task.sleep(for: Self.writeInterval)
        let answers = unwritten.withLock { unwritten in
            defer { unwritten = [:] }
            return Array(unwritten.values)
        }
        do {
            try await store?.put(answers)
        } catch {
            logger.debug("AI answers are not cached", metadata: ["error": "\(error)"])
        }
    }

    /// After a purge, in whatever process; nil: everybody's.
    package func forget(_ tenant: UUID?) {
        unwritten.withLock { unwritten in unwritten = unwritten.filter { tenant != nil && $0.key.tenant != tenant } }
        if let tenant { memory.removeAll { $0.tenant == tenant } } else { memory.removeAll() }
    }

    package var statistics: CacheStatistics { memory.statistics }

    /// Keeps the stored answers within their bounds until the task is cancelled. Every process may do it.
    func run() async {
        guard let store else { return }
        while (try? await Task.sleep(for: Self.trimInterval)) != nil {
            do {
                while try await store.trim(maximumBytes: configuration.storedBytes) >= 500 {}
            } catch {
                logger.debug("The cache of AI answers is not trimmed", metadata: ["error": "\(error)"])
            }
        }
    }
}
