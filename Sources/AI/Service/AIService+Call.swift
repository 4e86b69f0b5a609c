import Foundation
import Storage

extension AIService {
    /// One model: its keys one after the other, and another try where that may help.
    ///
    /// - A refused key, or one whose allowance or rate is spent, is set aside and the next one taken.
    /// - What may pass is tried again after a wait, with jitter; a longer wait than there is time for goes to the next model.
    /// - An unusable answer is put right by the model, once; one of a batch is asked for alone.
    func call(
        _ candidate: Candidate, until deadline: ContinuousClock.Instant, isFailover: Bool, isLast: Bool,
        _ run: inout OperationRun
    ) async throws(AIError) -> AIResponse {
        var attempt = CallAttempt(
            candidate: candidate, call: candidate.call, deadline: deadline, isFailover: isFailover, isLast: isLast)
        var tried: Set<String> = []
        var tries = 0
        var last: AIError?
        while true {
            let standing = candidate.isLocal ? .available : health.admit(candidate.model)
            guard standing == .available || standing == .probing else {
                throw await passOver(candidate, standing, attempt, &run)
            }
            attempt.isProbe = standing == .probing
            do {
                attempt.key =
                    candidate.isLocal
                    ? nil
                    : try await keys.pick(for: candidate.model.provider, tenant: run.caller.tenant, excluding: tried)
            } catch {
                health.ended(
                    candidate.model, run.operation.kind, .none, latency: .zero, asProbe: attempt.isProbe)
                if let last { throw last }
                throw await passOver(candidate, error, attempt, &run)
            }
            let error: AIError
            var batchSize = 1
            do {
                return try await send(attempt, batchSize: &batchSize, &run)
            } catch let thrown {
                error = thrown
            }
            if Task.isCancelled { throw error }
            last = error
            guard error.wasSent || error.code.mayPass, ContinuousClock.now < deadline else { throw error }
            switch error.code {
            case .invalidResponse where batchSize > 1: attempt.mayBatch = false
            case .invalidResponse:
                guard let rejected = error.rejectedAnswer, !attempt.isRepair else { throw error }
                attempt.call = try repair(attempt.call, rejected, with: candidate.provider)
                attempt.isRepair = true
            case .auth, .quota:
                guard let key = attempt.key else { throw error }
                let pause = error.retryAfter.map { ContinuousClock.now + $0 }
                keys.setAside(
                    key, of: candidate.model.provider, tenant: run.caller.tenant, reason: error.code, until: pause)
                tried.insert(key.name)
            case .rateLimited where await hasOther(attempt.key, candidate, tried, run):
                guard let key = attempt.key else { throw error }
                if let pause = error.retryAfter {
                    keys.setAside(
                        key, of: candidate.model.provider, tenant: run.caller.tenant, reason: error.code,
                        until: .now + pause)
                }
                tried.insert(key.name)
            case .rateLimited, .unavailable, .timedOut:
                tries += 1
                guard tries < configuration.tries else { throw error }
                let wait = Self.wait(after: tries, error.retryAfter)
                guard ContinuousClock.now + wait < deadline else { throw error }
                try? await Task.sleep(for: wait)
            default: throw error
            }
        }
    }

    private func repair(
        _ call: PreparedCall, _ rejected: String, with provider: any AIProvider
    ) throws(AIError) -> PreparedCall {
        var request = call.request
        request.rejectedAnswer = rejected
        return try provider.prepare(request)
    }

    private func hasOther(
        _ key: ProviderKey?, _ candidate: Candidate, _ tried: Set<String>, _ run: OperationRun
    ) async -> Bool {
        guard let key else { return false }
        let other = try? await keys.pick(
            for: candidate.model.provider, tenant: run.caller.tenant, excluding: tried.union([key.name]))
        return other != nil
    }

    /// Full jitter over a wait that doubles, up to 2 s; never less than the provider asked for.
    static func wait(after tries: Int, _ asked: Duration?) -> Duration {
        let longest = min(2.0, 0.2 * Double(1 << min(tries - 1, 10)))
        return max(asked ?? .zero, .seconds(Double.random(in: 0...longest)))
    }

    // MARK: What is not even asked

    private func passOver(
        _ candidate: Candidate, _ standing: ModelHealth.Standing, _ attempt: CallAttempt, _ run: inout OperationRun
    ) async -> AIError {
        let error =
            switch standing {
            case .circuitOpen(let pause):
                AIError(.circuitOpen, "the model \(candidate.model) failed too often lately", retryAfter: pause)
            case .blocked, .available, .probing:
                AIError(
                    .unpriced, "the model \(candidate.model) cost more than its maximum: its price must be put right")
            }
        return await passOver(candidate, error, attempt, &run)
    }

    /// Leaves a row that says why.
    func passOver(
        _ candidate: Candidate, _ error: AIError, _ attempt: CallAttempt, _ run: inout OperationRun
    ) async -> AIError {
        var row = run.row(candidate.model, number: run.nextNumber(), isFailover: attempt.isFailover)
        row.keyName = attempt.key?.name
        row.errorCode = error.code.rawValue
        run.add(row, latency: .zero)
        tell(.failure(error), of: row, .zero)
        await ledger.record(row)
        return error
    }
}

/// One call to a model, and how it stands among the others of its operation.
struct CallAttempt {
    let candidate: Candidate
    var call: PreparedCall
    let deadline: ContinuousClock.Instant
    let isFailover: Bool
    /// No model comes after this one.
    let isLast: Bool
    var key: ProviderKey?
    /// The model is asked to put an answer right.
    var isRepair = false
    var mayBatch = true
    /// It decides whether a model that was left alone is asked again.
    var isProbe = false

    /// The most that the call may take, in micro-dollars.
    var maximum: Int64 { candidate.price.maximum(of: call) }
}

extension AIError.Code {
    /// The same call may succeed later, though this one was not sent.
    fileprivate var mayPass: Bool {
        switch self {
        case .unavailable, .timedOut: true
        default: false
        }
    }
}
