package import Storage

/// What came of a call.
package struct CallOutcome: Sendable {
    /// nil where nobody knows; a call of unknown outcome counts at its maximum.
    package var tokens: TokenUsage?
    package var microdollars: Int64
    package var latency: Duration
    /// nil after success; `UsageRecord.unknownOutcome` for a call that was sent and whose end nobody saw.
    package var errorCode: String?
    package var confidence: Double?
    /// For a retry of the activity; nil for a failure.
    package var answer: RecordedAnswer?
    package var cacheHit: Bool
    package var batchSize: Int

    package init(
        tokens: TokenUsage?, microdollars: Int64, latency: Duration, errorCode: String? = nil,
        confidence: Double? = nil, answer: RecordedAnswer? = nil, cacheHit: Bool = false, batchSize: Int = 1
    ) {
        self.tokens = tokens
        self.microdollars = microdollars
        self.latency = latency
        self.errorCode = errorCode
        self.confidence = confidence
        self.answer = answer
        self.cacheHit = cacheHit
        self.batchSize = batchSize
    }

    /// The row of the call, complete.
    func record(of reservation: Reservation) -> UsageRecord {
        var record = reservation.record
        record.costMicrodollars = max(0, microdollars)
        record.responseTimeMilliseconds = Int(latency / .milliseconds(1))
        record.success = errorCode == nil
        record.errorCode = errorCode
        record.confidence = confidence
        record.cacheHit = cacheHit
        record.batchSize = max(1, batchSize)
        if let tokens {
            record.inputTokens = max(0, tokens.input)
            record.cachedInputTokens = max(0, tokens.cachedInput)
            record.cacheWriteTokens = max(0, tokens.cacheWrite)
            record.outputTokens = max(0, tokens.output)
            record.reasoningTokens = max(0, tokens.reasoning)
            record.tokensEstimated = tokens.isEstimated
        } else if errorCode == UsageRecord.unknownOutcome {
            record.inputTokens = Int(clamping: reservation.maximumTokens)
            record.outputTokens = 0
            record.tokensEstimated = true
        }
        return record
    }
}
