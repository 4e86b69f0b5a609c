import Storage

extension AIService {
    /// Performs an operation for a tenant, with the first of the tier's models that can.
    ///
    /// 1. The request is checked, then the tier's entitlement.
    /// 2. The models are asked in order; one that leaves others behind it may take two thirds of the time that is left.
    /// 3. An unusable answer is put right by the same model, once.
    /// 4. Every provider call, failed ones included, leaves a row in the ledger.
    ///
    /// When all fail, the error is the first that says more than "unsupported".
    package func perform(_ operation: AIOperation, for caller: AICaller) async throws(AIError) -> AIResponse {
        try operation.validate()
        guard let models = configuration.models[caller.tier], !models.isEmpty else {
            throw AIError(.notEntitled, "the tier \(caller.tier.rawValue) has no AI models")
        }
        let deadline = ContinuousClock.now + configuration.deadline
        var ledger = CallLedger(caller: caller, usage: usage, logger: logger)
        var failure: AIError?
        for (index, model) in models.enumerated() {
            let now = ContinuousClock.now
            guard now < deadline else { break }
            let remaining = now.duration(to: deadline)
            let limit = index == models.count - 1 ? deadline : now + remaining * 2 / 3
            do {
                return try await ask(model, operation, deadline: limit, failover: index > 0, ledger: &ledger)
            } catch {
                if error.code == .cancelled || Task.isCancelled {
                    throw AIError(.cancelled, "the request was cancelled")
                }
                if failure == nil || failure?.code == .unsupported { failure = error }
            }
        }
        throw failure ?? AIError(.timedOut, "no model answered in time")
    }

    private func ask(
        _ model: AIModel, _ operation: AIOperation, deadline: ContinuousClock.Instant, failover: Bool,
        ledger: inout CallLedger
    ) async throws(AIError) -> AIResponse {
        guard let provider = providers[model.provider] else {
            throw AIError(.noModel, "the model \(model) is not configured here")
        }
        guard provider.supports(operation.kind) else {
            throw AIError(.unsupported, "the model \(model) does not do \(operation.kind.rawValue)")
        }
        guard let price = prices.price(model, tenant: ledger.caller.tenant) else {
            throw AIError(.unpriced, "the model \(model) has no price; configure one to use it")
        }
        let key = try await keys.pick(for: model.provider, tenant: ledger.caller.tenant)
        var request = AIRequest(operation: operation, model: model.name)
        do {
            return try await ledger.call(provider, request, price, key, deadline, failover: failover)
        } catch {
            guard error.code == .invalidResponse, let rejected = error.rejectedAnswer, ContinuousClock.now < deadline
            else {
                throw error
            }
            request.rejectedAnswer = rejected
            return try await ledger.call(provider, request, price, key, deadline, failover: failover)
        }
    }
}
