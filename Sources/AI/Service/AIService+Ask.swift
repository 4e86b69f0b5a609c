import Foundation
import Storage

extension AIService {
    /// One model: its cached answer, or a call. Of those who ask the same at the same time one calls, and the others get its
    /// answer.
    func ask(
        _ candidate: Candidate, until deadline: ContinuousClock.Instant, isFailover: Bool, isLast: Bool,
        _ run: inout OperationRun
    ) async throws(AIError) -> AIResponse {
        // What is computed here is as quickly computed anew.
        guard cache.isOn, !candidate.isLocal, run.options.cache != .bypass else {
            return try await call(candidate, until: deadline, isFailover: isFailover, isLast: isLast, &run)
        }
        let key = AnswerKey(tenant: run.caller.tenant, digest: run.digest(of: candidate.model))
        if run.options.cache == .use, let kept = cache.remembered(key, to: run.operation) {
            return await hit(kept, isFailover: isFailover, &run)
        }
        while await !cache.flights.join(key, until: deadline) {
            if run.options.cache == .use, let kept = await cache.answer(key, to: run.operation) {
                return await hit(kept, isFailover: isFailover, &run)
            }
            if Task.isCancelled { throw AIError(.cancelled, "the request was cancelled") }
            guard ContinuousClock.now < deadline else {
                throw AIError(.timedOut, "another call with the same request has no answer yet")
            }
        }
        defer { cache.flights.land(key) }
        if run.options.cache == .use, let kept = await cache.answer(key, to: run.operation) {
            return await hit(kept, isFailover: isFailover, &run)
        }
        let response = try await call(candidate, until: deadline, isFailover: isFailover, isLast: isLast, &run)
        cache.keep(
            KeptAnswer(
                value: response.value, confidence: response.confidence, provider: response.provider,
                model: response.model),
            for: key, run.operation.kind)
        return response
    }

    private func hit(_ kept: KeptAnswer, isFailover: Bool, _ run: inout OperationRun) async -> AIResponse {
        let model = AIModel(provider: kept.provider, name: kept.model)
        var row = run.row(model, number: run.nextNumber(), isFailover: isFailover)
        row.success = true
        row.cacheHit = true
        row.confidence = kept.confidence
        row.responseTimeMilliseconds = 0
        run.add(row, latency: .zero)
        tell(.success(kept.value), of: row, .zero)
        await ledger.record(row)
        return run.response(kept, .cache, isFailover: isFailover)
    }
}
