import Logging
import Storage

extension AIService {
    /// Performs an operation for a tenant, with the first of its tier's models that can.
    ///
    /// 1. The request is checked, then the tier's entitlement.
    /// 2. A repeated attempt of an activity gets the answer that an earlier one paid for.
    /// 3. The models are asked in order; one that leaves others behind it may take two thirds of the time that is left.
    ///    After a spent allowance cheaper ones come first, after a spent budget only those that it has room for.
    ///
    /// When all fail, the error is the first that says more than "unsupported"; it lists what was tried.
    package func perform(
        _ operation: AIOperation, for caller: AICaller, _ options: AICallOptions = .init()
    ) async throws(AIError) -> AIResponse {
        try operation.validate()
        var run = OperationRun(
            operation, for: caller, options, environment: configuration.environment, within: configuration.deadline)
        do {
            return try await answer(&run)
        } catch {
            var error =
                error.code != .cancelled && Task.isCancelled
                ? AIError(.cancelled, "the request was cancelled") : error
            error.attempts = run.attempts
            throw error
        }
    }

    private func answer(_ run: inout OperationRun) async throws(AIError) -> AIResponse {
        let models = try entitled(run)
        if let recorded = try await recorded(&run) { return recorded }
        let selection = select(models, for: run)
        var failure = selection.refusal
        var waiting = selection.candidates[...]
        var isFailover = false
        while let candidate = waiting.popFirst() {
            let now = ContinuousClock.now
            guard now < run.deadline else { break }
            let isLast = waiting.isEmpty || !configuration.failsOver
            let limit = isLast ? run.deadline : now + now.duration(to: run.deadline) * 2 / 3
            do {
                return try await ask(candidate, until: limit, isFailover: isFailover, isLast: isLast, &run)
            } catch {
                if error.code == .cancelled || Task.isCancelled { throw error }
                if failure == nil || failure?.code == .unsupported { failure = error }
                guard configuration.failsOver else { break }
                waiting = next(waiting, after: error, of: candidate)
            }
            isFailover = true
        }
        throw failure ?? AIError(.timedOut, "no model answered in time")
    }

    /// The tier's models, by today's names.
    private func entitled(_ run: OperationRun) throws(AIError) -> [AIModel] {
        let models = (configuration.models[run.caller.tier] ?? []).map { prices.resolve($0) }
        guard !models.isEmpty else {
            throw AIError(.notEntitled, "the tier \(run.caller.tier.rawValue) has no AI models")
        }
        guard let wanted = run.options.model else { return models }
        let model = prices.resolve(wanted)
        guard models.contains(model) else {
            throw AIError(.notEntitled, "the tier \(run.caller.tier.rawValue) does not have the model \(wanted)")
        }
        return [model]
    }

    /// What an earlier attempt of the same activity was answered.
    private func recorded(_ run: inout OperationRun) async throws(AIError) -> AIResponse? {
        guard run.caller.attempt > 1, let execution = run.caller.executionID else { return nil }
        let recorded: RecordedAnswer?
        do {
            recorded = try await ledger.recordedAnswer(
                tenant: run.caller.tenant, executionID: execution, activityID: run.caller.activityID,
                requestDigest: run.digest(of: nil))
        } catch {
            logger.warning("Recorded AI answers cannot be read", metadata: ["error": "\(error)"])
            throw AIError(.ledgerUnavailable, "the ledger of AI calls cannot be read")
        }
        guard let kept = recorded.flatMap({ KeptAnswer($0.answer, to: run.operation) }) else { return nil }
        run.note(AIModel(provider: kept.provider, name: kept.model), "recorded")
        return run.response(kept, .ledger, isFailover: false)
    }

    private func next(
        _ waiting: ArraySlice<Candidate>, after error: AIError, of failed: Candidate
    ) -> ArraySlice<Candidate> {
        switch error.code {
        case .quota:
            let cheaper = waiting.filter { $0.likelyMicrodollars < failed.likelyMicrodollars }
            return (cheaper + waiting.filter { $0.likelyMicrodollars >= failed.likelyMicrodollars })[...]
        case .budgetExceeded:
            // The budget may be in tokens as well.
            let smaller = waiting.filter {
                $0.isLocal || $0.maximum < failed.maximum || $0.call.maximumTokens < failed.call.maximumTokens
            }
            return configuration.downgrades ? smaller[...] : []
        default: return waiting
        }
    }
}
