import Foundation
import JSON
import Storage
import Synchronization

/// Sends requests that are alike together: same tenant, model and key, same categories. A request that comes while none
/// like it is under way is sent at once; those that come meanwhile wait a few milliseconds for each other.
///
/// A `Mutex`, because requests come and go at any moment and nobody waits inside.
package final class CallBatcher: Sendable {
    /// A request's part of the call that was made for it.
    struct Share: Sendable {
        var result: Result<ProviderAnswer, AIError>
        /// nil where nobody knows.
        var tokens: TokenUsage?
        var microdollars: Int64
        var size: Int
        /// Of the others that shared the call it says nothing more about the model.
        var isFirst = true
    }

    private struct Member {
        var attempt: CallAttempt
        /// The most that it may take, reserved for it: micro-dollars, and tokens.
        var maximum: Int64 { attempt.maximum }
        var maximumTokens: Int64 { attempt.call.maximumTokens }
        var continuation: CheckedContinuation<Share, Never>
    }

    private struct Group {
        var underWay = 0
        var gathered: [Member] = []
    }

    private static let maximumSize = 16
    /// A batch ends with the first of its deadlines: whose time is nearly over goes alone.
    private static let leastTime: Duration = .seconds(5)

    private let window: Duration
    private let groups = Mutex<[String: Group]>([:])

    /// - Parameter window: how long a request waits for others; zero sends each by itself.
    init(window: Duration) { self.window = window }

    /// Sends a call, alone or with others. It heeds no cancellation once it is among others: it ends at their deadline.
    func send(_ attempt: CallAttempt, tenant: UUID) async -> Share {
        guard let key = key(of: attempt, tenant) else { return await Self.single(attempt) }
        let isAlone = groups.withLock { groups in
            guard groups[key, default: Group()].underWay > 0 else {
                groups[key, default: Group()].underWay += 1
                return true
            }
            return false
        }
        guard isAlone else { return await gather(attempt, key) }
        let share = await Self.single(attempt)
        ended(key)
        return share
    }

    private func key(of attempt: CallAttempt, _ tenant: UUID) -> String? {
        let request = attempt.call.request
        guard window > .zero, attempt.mayBatch, !attempt.isRepair, !attempt.candidate.isLocal,
            ContinuousClock.now + Self.leastTime < attempt.deadline, let alike = request.operation.batchKey
        else { return nil }
        return [tenant.text, attempt.candidate.model.description, attempt.key?.name ?? "", alike.serialized()]
            .joined(separator: "\n")
    }

    private func ended(_ key: String) {
        groups.withLock { groups in
            groups[key]?.underWay -= 1
            if groups[key]?.underWay == 0, groups[key]?.gathered.isEmpty == true { groups[key] = nil }
        }
    }

    private func gather(_ attempt: CallAttempt, _ key: String) async -> Share {
        await withCheckedContinuation { continuation in
            let count = groups.withLock { groups in
                groups[key, default: Group()].gathered.append(Member(attempt: attempt, continuation: continuation))
                return groups[key]?.gathered.count ?? 0
            }
            // Whoever comes first sees to it that all are sent; of its own, because a caller may be cancelled.
            if count == 1 {
                Task {
                    try? await Task.sleep(for: window)
                    await flush(key)
                }
            } else if count == Self.maximumSize {
                Task { await flush(key) }
            }
        }
    }

    private func flush(_ key: String) async {
        let members = groups.withLock { groups -> [Member] in
            let members = Array((groups[key]?.gathered ?? []).prefix(Self.maximumSize))
            groups[key]?.gathered.removeFirst(members.count)
            if !members.isEmpty { groups[key]?.underWay += 1 }
            return members
        }
        guard !members.isEmpty else { return }
        // More may have come before this one was heard.
        if groups.withLock({ $0[key]?.gathered.isEmpty == false }) { Task { await flush(key) } }
        if let batch = Self.batch(of: members) {
            let shares = await Self.send(batch, for: members)
            for (member, share) in zip(members, shares) { member.continuation.resume(returning: share) }
        } else {
            await withTaskGroup(of: Void.self) { group in
                for member in members {
                    group.addTask { member.continuation.resume(returning: await Self.single(member.attempt)) }
                }
            }
        }
        ended(key)
    }

    /// nil where they cannot go together: one alone, a text too long, or more than was reserved for them.
    private static func batch(of members: [Member]) -> CallAttempt? {
        guard members.count > 1, var first = members.first?.attempt else { return nil }
        var request = first.call.request
        request.batched = members.dropFirst().map(\.attempt.call.request.operation)
        guard let call = try? first.candidate.provider.prepare(request),
            first.candidate.price.maximum(of: call) <= members.reduce(0, { $0 + $1.maximum }),
            call.maximumTokens <= members.reduce(0, { $0 + $1.maximumTokens })
        else { return nil }
        first.call = call
        return first
    }

    private static func send(_ batch: CallAttempt, for members: [Member]) async -> [Share] {
        let deadline = members.map(\.attempt.deadline).min() ?? batch.deadline
        let result = await answer(to: batch, until: deadline)
        let tokens = result.tokens
        let costs = tokens.map { split(batch.candidate.price.cost($0), by: members.map { max(1, $0.maximum) }) }
        let parts = tokens.map { $0.split(by: members.map { max(1, $0.maximumTokens) }) }
        return members.indices.map { index in
            Share(
                result: result.part(index), tokens: parts?[index],
                microdollars: costs?[index] ?? members[index].maximum, size: members.count, isFirst: index == 0)
        }
    }

    private static func single(_ attempt: CallAttempt) async -> Share {
        let result = await answer(to: attempt, until: attempt.deadline)
        let tokens = result.tokens
        return Share(
            result: result, tokens: tokens,
            microdollars: tokens.map { attempt.candidate.price.cost($0) } ?? attempt.maximum, size: 1)
    }

    private static func answer(
        to attempt: CallAttempt, until deadline: ContinuousClock.Instant
    ) async -> Result<ProviderAnswer, AIError> {
        do {
            return .success(
                try await attempt.candidate.provider.send(attempt.call, key: attempt.key, deadline: deadline))
        } catch {
            return .failure(error)
        }
    }

    /// In parts that sum up to the whole; none is larger than its weight as long as the whole is not larger than all weights.
    package static func split(_ whole: Int64, by weights: [Int64]) -> [Int64] {
        let sum = weights.reduce(Int128(0)) { $0 + Int128($1) }
        var passed = Int128(0)
        var given = Int128(0)
        return weights.map { weight in
            passed += Int128(weight)
            let part = Int128(whole) * passed / sum - given
            given += part
            return Int64(clamping: part)
        }
    }
}

extension Result<ProviderAnswer, AIError> {
    fileprivate var tokens: TokenUsage? {
        switch self {
        case .success(let answer): answer.tokens
        case .failure(let error): error.wasSent ? error.tokens : TokenUsage.none
        }
    }

    /// What concerns one of a batch. An answer that cannot be read is nobody's.
    fileprivate func part(_ index: Int) -> Self {
        switch self {
        case .success(let answer):
            guard index > 0 else { return .success(answer) }
            guard answer.batched.indices.contains(index - 1) else {
                return .failure(
                    AIError(
                        .invalidResponse, "the AI model's answer does not have the form asked for",
                        tokens: answer.tokens, wasSent: true))
            }
            let part = answer.batched[index - 1]
            return .success(ProviderAnswer(value: part.value, confidence: part.confidence, tokens: answer.tokens))
        case .failure(var error):
            error.rejectedAnswer = nil
            return .failure(error)
        }
    }
}

extension TokenUsage {
    fileprivate func split(by weights: [Int64]) -> [TokenUsage] {
        func parts(_ count: Int) -> [Int] { CallBatcher.split(Int64(count), by: weights).map { Int($0) } }
        let (input, cached, written) = (parts(input), parts(cachedInput), parts(cacheWrite))
        let (output, reasoning) = (parts(output), parts(reasoning))
        return weights.indices.map { index in
            TokenUsage(
                input: input[index], cachedInput: cached[index], cacheWrite: written[index], output: output[index],
                reasoning: reasoning[index], isEstimated: isEstimated)
        }
    }
}
