import JSON
import Logging
import Observability
import Storage

/// The provider calls of one operation: counts them, times them and writes each down.
struct CallLedger {
    let caller: AICaller
    private let usage: AIUsageStore
    private let logger: Logger
    private var number = 0
    private var total = AIUsage(inputTokens: 0, outputTokens: 0, tokensEstimated: false, costMicrodollars: 0)

    init(caller: AICaller, usage: AIUsageStore, logger: Logger) {
        self.caller = caller
        self.usage = usage
        self.logger = logger
    }

    /// One call and its row. The answer's usage is the sum of all calls so far.
    mutating func call(
        _ provider: any AIProvider, _ request: AIRequest, _ price: ModelPrice, _ key: ProviderKey?,
        _ deadline: ContinuousClock.Instant, failover: Bool
    ) async throws(AIError) -> AIResponse {
        let call = try provider.prepare(request)
        tell(request, to: provider.name)
        let start = ContinuousClock.now
        let outcome: Result<ProviderAnswer, AIError>
        do {
            outcome = .success(try await provider.send(call, key: key, deadline: deadline))
        } catch {
            outcome = .failure(error)
        }
        let latency = start.duration(to: .now)
        var row = UsageRecord(
            tenantID: caller.tenant, executionID: caller.executionID, activityName: caller.activityName,
            activityID: caller.activityID,
            attempt: caller.attempt, callNumber: number, provider: provider.name, model: request.model,
            responseTimeMilliseconds: Int(latency / .milliseconds(1)), success: false, fallbackUsed: failover)
        row.operation = request.operation.kind.rawValue
        let tokens: TokenUsage?
        switch outcome {
        case .success(let answer):
            tokens = answer.tokens
            row.success = true
            row.confidence = answer.confidence
        case .failure(let error):
            tokens = error.tokens
            row.errorCode = error.code.rawValue
        }
        if let tokens {
            let usage = AIUsage(
                inputTokens: tokens.input, outputTokens: tokens.output, tokensEstimated: tokens.isEstimated,
                costMicrodollars: price.cost(tokens))
            row.inputTokens = usage.inputTokens
            row.outputTokens = usage.outputTokens
            row.costMicrodollars = usage.costMicrodollars
            total += usage
        }
        number += 1
        tell(outcome, of: row, latency)
        await write(row)
        let answer = try outcome.get()
        return AIResponse(
            value: answer.value, provider: provider.name, model: request.model, usage: total,
            confidence: answer.confidence, latency: latency, usedFailover: failover)
    }

    /// The texts only where every detail is logged, and as far as personal data may be.
    private func tell(_ request: AIRequest, to provider: String) {
        guard logger.logLevel <= .debug, let text = Redactor.shared.redactedTalk(request.operation.text) else { return }
        logger.debug(
            "AI request",
            metadata: [
                "provider": "\(provider)", "model": "\(request.model)",
                "operation": "\(request.operation.kind.rawValue)", "text": "\(text)",
            ])
    }

    private func tell(_ outcome: Result<ProviderAnswer, AIError>, of row: UsageRecord, _ latency: Duration) {
        ServiceMetrics.shared.aiCall(
            ServiceMetrics.AICall(
                tenant: row.tenantID, activity: row.activityName, provider: row.provider, model: row.model,
                operation: row.operation ?? "", outcome: row.errorCode ?? "ok", duration: latency,
                inputTokens: row.inputTokens ?? 0, outputTokens: row.outputTokens ?? 0,
                microdollars: row.costMicrodollars, isFailover: row.fallbackUsed))
        var metadata: Logger.Metadata = [
            "provider": "\(row.provider)", "model": "\(row.model)", "operation": "\(row.operation ?? "")",
            "outcome": "\(row.errorCode ?? "ok")", "duration_ms": "\(row.responseTimeMilliseconds ?? 0)",
            "input_tokens": "\(row.inputTokens ?? 0)", "output_tokens": "\(row.outputTokens ?? 0)",
            "cost_microdollars": "\(row.costMicrodollars)",
        ]
        switch outcome {
        case .failure(let error):
            metadata["reason"] = "\(error.message)"
            logger.warning("AI call failed", metadata: metadata)
        case .success(let response):
            if row.fallbackUsed { metadata["failover"] = "true" }
            logger.info("AI call answered", metadata: metadata)
            guard logger.logLevel <= .debug,
                let text = Redactor.shared.redactedTalk(response.value.json.serialized())
            else { return }
            logger.debug("AI answer", metadata: ["model": "\(row.model)", "text": "\(text)"])
        }
    }

    /// Outside the caller's task: a call that was made is written down even when nobody waits for its answer any more.
    /// A ledger that cannot be written does not take a paid answer away; the loss is reported with all that a row would
    /// hold.
    private func write(_ row: UsageRecord) async {
        let usage = usage
        do {
            try await Task { _ = try await usage.record(row) }.value
        } catch {
            logger.error(
                "An AI call could not be written to the ledger",
                metadata: [
                    "tenant": "\(row.tenantID)", "execution": "\(row.executionID.map { "\($0)" } ?? "none")",
                    "activity": "\(row.activityID)",
                    "attempt": "\(row.attempt)", "call": "\(row.callNumber)", "model": "\(row.provider)/\(row.model)",
                    "microdollars": "\(row.costMicrodollars)", "error": .cause(error),
                ])
        }
    }
}

extension AIUsage {
    static func += (sum: inout AIUsage, usage: AIUsage) {
        sum.inputTokens += usage.inputTokens
        sum.outputTokens += usage.outputTokens
        sum.tokensEstimated = sum.tokensEstimated || usage.tokensEstimated
        sum.costMicrodollars += usage.costMicrodollars
    }
}
