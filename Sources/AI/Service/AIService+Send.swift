import Foundation
import JSON
import Logging
import Storage

extension AIService {
    /// One call: let through by the ledger, sent, settled. A call that was sent and whose end nobody saw counts at its maximum.
    ///
    /// - Parameter batchSize: how many requests shared it.
    func send(
        _ attempt: CallAttempt, batchSize: inout Int, _ run: inout OperationRun
    ) async throws(AIError) -> AIResponse {
        let candidate = attempt.candidate
        let number = run.nextNumber()
        tell(attempt.call.request, to: candidate.model.provider)
        let reservation = try await reserve(attempt, number: number, &run)
        let start = ContinuousClock.now
        let share = await batcher.send(attempt, tenant: run.caller.tenant)
        let latency = start.duration(to: .now)
        batchSize = share.size
        health.ended(
            candidate.model, run.operation.kind, share.outcome, latency: latency, asProbe: attempt.isProbe)

        let answer = try? share.result.get()
        let kept = answer.map {
            KeptAnswer(
                value: $0.value, confidence: $0.confidence, provider: candidate.model.provider,
                model: candidate.model.name)
        }
        var outcome = CallOutcome(
            tokens: share.tokens, microdollars: share.microdollars, latency: latency, errorCode: share.errorCode,
            confidence: answer?.confidence, batchSize: share.size)
        if run.caller.executionID != nil, run.options.isRecorded, let kept {
            outcome.answer = RecordedAnswer(requestDigest: run.digest(of: nil), answer: kept.json)
        }
        let row: UsageRecord
        if let reservation {
            row = outcome.record(of: reservation)
            if await !ledger.settle(reservation, outcome) { health.block(candidate.model) }
        } else {
            row = outcome.record(of: ledgerCall(attempt, number: number, run).reservation(now: Date(), grace: .zero))
            await ledger.record(row)
        }
        run.add(row, latency: latency)
        tell(share.result.map(\.value), of: row, latency)
        if case .failure(let error) = share.result { throw error }
        guard let kept else { throw AIError(.invalidResponse, "the AI provider gave no answer") }
        return run.response(kept, .provider, isFailover: attempt.isFailover, batchSize: share.size)
    }

    /// nil for what is computed here: it takes nothing.
    private func reserve(
        _ attempt: CallAttempt, number: Int, _ run: inout OperationRun
    ) async throws(AIError) -> Reservation? {
        let candidate = attempt.candidate
        guard !candidate.isLocal else { return nil }
        // Others may be settled soon, and leave room; a model that comes after this one need not wait for that.
        let left = ContinuousClock.now.duration(to: attempt.deadline)
        let refusal: AIError
        do {
            let reservation = try await ledger.reserve(
                ledgerCall(attempt, number: number, run), patience: attempt.isLast ? left : min(left / 3, .seconds(2)))
            guard Task.isCancelled else { return reservation }
            await ledger.release(reservation, reason: AIError.Code.cancelled.rawValue)
            refusal = AIError(.cancelled, "the request was cancelled")
        } catch {
            refusal = AIError(refusing: error)
            if refusal.code == .ledgerUnavailable {
                logger.warning("An AI call cannot be reserved in the ledger", metadata: ["error": "\(error)"])
            }
        }
        health.ended(candidate.model, run.operation.kind, .none, latency: .zero, asProbe: attempt.isProbe)
        guard refusal.code != .cancelled, refusal.code != .ledgerUnavailable else {
            run.note(candidate.model, refusal.code.rawValue)
            throw refusal
        }
        throw await passOver(candidate, refusal, attempt, &run)
    }

    private func ledgerCall(_ attempt: CallAttempt, number: Int, _ run: OperationRun) -> LedgerCall {
        let candidate = attempt.candidate
        let tokens = attempt.call.maximumTokens
        let left = ContinuousClock.now.duration(to: attempt.deadline)
        return LedgerCall(
            tenant: run.caller.tenant, executionID: run.caller.executionID, template: run.caller.template,
            templateVersion: run.caller.templateVersion, environment: run.environment,
            activityName: run.caller.activityName, activityID: run.caller.activityID, attempt: run.caller.attempt,
            callNumber: number, operation: run.operation.kind, provider: candidate.model.provider,
            model: candidate.model.name, keyName: attempt.key?.name, enhancementPoint: run.caller.enhancementPoint,
            isFailover: attempt.isFailover, maximumMicrodollars: attempt.maximum,
            maximumTokens: tokens,
            limits: candidate.isLocal
                ? [] : configuration.counters(of: candidate.model, for: run.caller, tokens: tokens),
            deadline: Date().addingTimeInterval(left / .seconds(1)))
    }
}

extension CallBatcher.Share {
    /// What the ledger's row says; nil after success.
    fileprivate var errorCode: String? {
        guard case .failure(let error) = result else { return nil }
        return tokens == nil ? UsageRecord.unknownOutcome : error.code.rawValue
    }

    /// What it says of the model.
    fileprivate var outcome: CircuitBreaker.Outcome {
        guard isFirst else { return .none }
        guard case .failure(let error) = result else { return .success }
        return switch error.code {
        // To be asked for many things at once confuses models that answer well one by one.
        case .invalidResponse where size > 1 || error.liesWithRequest: .none
        case .unavailable, .timedOut, .invalidResponse: .failure
        default: .none
        }
    }
}

extension AIError {
    /// Why the ledger did not let a call through.
    fileprivate init(refusing error: any Error) {
        switch error {
        case is CancellationError: self.init(.cancelled, "the request was cancelled")
        case LedgerRefusal.budget(let refusal): self.init(.budgetExceeded, refusal.description)
        case LedgerRefusal.limit(_, let wait):
            self.init(.limited, "the limit of AI calls is reached", retryAfter: wait)
        case let error as StorageError where error.code == .limitExceeded: self.init(.limited, error.message)
        default: self.init(.ledgerUnavailable, "the ledger of AI calls cannot be written")
        }
    }
}
