import JSON
import Logging
import Observability
import Storage

/// What logs and metrics say of calls.
extension AIService {
    /// The texts only where every detail is logged, and as far as personal data may be.
    func tell(_ request: AIRequest, to provider: String) {
        guard logger.logLevel <= .debug, let text = Redactor.shared.redactedTalk(request.operation.text) else { return }
        logger.debug(
            "AI request",
            metadata: [
                "provider": "\(provider)", "model": "\(request.model)",
                "operation": "\(request.operation.kind.rawValue)", "text": "\(text)",
            ])
    }

    func tell(_ outcome: Result<AIValue, AIError>, of row: UsageRecord, _ latency: Duration) {
        ServiceMetrics.shared.aiCall(
            ServiceMetrics.AICall(
                tenant: row.tenantID, activity: row.activityName, provider: row.provider, model: row.model,
                operation: row.operation ?? "", outcome: row.errorCode ?? (row.cacheHit ? "cached" : "ok"),
                duration: latency, inputTokens: row.inputTokens ?? 0, outputTokens: row.outputTokens ?? 0,
                microdollars: row.costMicrodollars, isFailover: row.fallbackUsed))
        var metadata: Logger.Metadata = [
            "provider": "\(row.provider)", "model": "\(row.model)", "operation": "\(row.operation ?? "")",
            "outcome": "\(row.errorCode ?? "ok")", "duration_ms": "\(row.responseTimeMilliseconds ?? 0)",
            "input_tokens": "\(row.inputTokens ?? 0)", "output_tokens": "\(row.outputTokens ?? 0)",
            "cost_microdollars": "\(row.costMicrodollars)",
        ]
        if let key = row.keyName { metadata["key"] = "\(key)" }
        if row.batchSize > 1 { metadata["batch_size"] = "\(row.batchSize)" }
        switch outcome {
        case .failure(let error):
            metadata["reason"] = "\(error.message)"
            logger.warning("AI call failed", metadata: metadata)
        case .success(let value):
            if row.fallbackUsed { metadata["failover"] = "true" }
            if row.cacheHit { metadata["cached"] = "true" }
            logger.info("AI call answered", metadata: metadata)
            guard logger.logLevel <= .debug, let text = Redactor.shared.redactedTalk(value.json.serialized()) else {
                return
            }
            logger.debug("AI answer", metadata: ["model": "\(row.model)", "text": "\(text)"])
        }
    }
}
