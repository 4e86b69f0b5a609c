package import Foundation

/// A row of `ai_usage_logs`: one call to a provider, answered or not.
package struct UsageRecord: Sendable, Hashable {
    package var id = UUID()
    package var tenantID: UUID
    /// nil for a call outside any workflow.
    package var executionID: UUID?
    package var activityName: String
    /// With `attempt` and `callNumber` it names the call within its execution: a repeat is the same call. Temporal counts
    /// activities anew in each run of a chain, so this text must hold the run's id as well.
    package var activityID: String
    /// From 1, as Temporal counts.
    package var attempt: Int
    /// The call's number within the attempt, from 0: a fallback model's call is another one.
    package var callNumber: Int
    package var provider: String
    package var model: String
    /// `summarize`, `classify`, …; nil in rows of before.
    package var operation: String?
    package var inputTokens: Int?
    package var outputTokens: Int?
    /// Millionths of a dollar.
    package var costMicrodollars: Int64
    package var responseTimeMilliseconds: Int?
    package var success: Bool
    /// Why there is no answer: `timed_out`, `rate_limited`, …; nil after success.
    package var errorCode: String?
    /// 0 to 1.
    package var confidence: Double?
    package var fallbackUsed: Bool
    package var createdAt: Date

    package init(
        tenantID: UUID, executionID: UUID?, activityName: String, activityID: String, attempt: Int = 1,
        callNumber: Int = 0,
        provider: String, model: String, inputTokens: Int? = nil, outputTokens: Int? = nil, costMicrodollars: Int64 = 0,
        responseTimeMilliseconds: Int? = nil, success: Bool, confidence: Double? = nil, fallbackUsed: Bool = false,
        createdAt: Date = Date()
    ) {
        self.tenantID = tenantID
        self.executionID = executionID
        self.activityName = activityName
        self.activityID = activityID
        self.attempt = attempt
        self.callNumber = callNumber
        self.provider = provider
        self.model = model
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.costMicrodollars = costMicrodollars
        self.responseTimeMilliseconds = responseTimeMilliseconds
        self.success = success
        self.confidence = confidence
        self.fallbackUsed = fallbackUsed
        self.createdAt = createdAt
    }
}

extension UsageRecord {
    init(_ row: Row) throws(StorageError) {
        id = try row.get("id")
        tenantID = try row.get("tenant_id")
        executionID = try row.optional("workflow_execution_id")
        activityName = try row.get("activity_name")
        activityID = try row.get("activity_id")
        attempt = try row.get("attempt")
        callNumber = try row.get("call_number")
        provider = try row.get("provider")
        model = try row.get("model")
        operation = try row.optional("operation")
        inputTokens = try row.optional("input_tokens")
        outputTokens = try row.optional("output_tokens")
        costMicrodollars = try row.get("cost_microdollars")
        responseTimeMilliseconds = try row.optional("response_time_ms")
        success = try row.get("success")
        errorCode = try row.optional("error_code")
        confidence = try row.optional("confidence_score")
        fallbackUsed = try row.get("fallback_used")
        createdAt = try row.get("created_at")
    }
}
