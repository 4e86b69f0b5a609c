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
    /// nil outside any workflow, and in rows of before.
    package var template: String?
    package var templateVersion: String?
    package var environment: String?
    package var enhancementPoint: String?
    /// The name of the provider's key, never the key.
    package var keyName: String?
    /// Of `inputTokens`.
    package var cachedInputTokens: Int?
    /// Of `inputTokens`.
    package var cacheWriteTokens: Int?
    /// Of `outputTokens`.
    package var reasoningTokens: Int?
    package var tokensEstimated = false
    /// Answered from our own cache: nothing was called.
    package var cacheHit = false
    /// How many requests shared the provider's call.
    package var batchSize = 1
    /// What the call was let through for.
    package var reservedMicrodollars: Int64 = 0
    /// For calls with a reservation, when that was made.
    package var createdAt: Date

    /// The `errorCode` of a call whose end nobody saw: it counts at its maximum until somebody tells the true cost.
    package static let unknownOutcome = "unknown_outcome"
    /// The `errorCode` of such a call once its cost was told.
    package static let resolvedOutcome = "resolved_outcome"

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
        template = try row.optional("template")
        templateVersion = try row.optional("template_version")
        environment = try row.optional("environment")
        enhancementPoint = try row.optional("enhancement_point")
        keyName = try row.optional("key_name")
        cachedInputTokens = try row.optional("cached_input_tokens")
        cacheWriteTokens = try row.optional("cache_write_tokens")
        reasoningTokens = try row.optional("reasoning_tokens")
        tokensEstimated = try row.get("tokens_estimated")
        cacheHit = try row.get("cache_hit")
        batchSize = try row.get("batch_size")
        reservedMicrodollars = try row.get("reserved_microdollars")
        createdAt = try row.get("created_at")
    }

    /// In the order of `columns`.
    var values: [(any DatabaseConvertible)?] {
        [
            id, executionID, activityName, activityID, attempt, callNumber, provider, model, inputTokens, outputTokens,
            costMicrodollars, responseTimeMilliseconds, success, confidence, fallbackUsed, tenantID, createdAt,
            operation, errorCode, template, templateVersion, environment, enhancementPoint, keyName, cachedInputTokens,
            cacheWriteTokens, reasoningTokens, tokensEstimated, cacheHit, batchSize, reservedMicrodollars,
        ]
    }

    static let columns = """
        id, workflow_execution_id, activity_name, activity_id, attempt, call_number, provider, model, input_tokens, \
        output_tokens, cost_microdollars, response_time_ms, success, confidence_score, fallback_used, tenant_id, \
        created_at, operation, error_code, template, template_version, environment, enhancement_point, key_name, \
        cached_input_tokens, cache_write_tokens, reasoning_tokens, tokens_estimated, cache_hit, batch_size, \
        reserved_microdollars
        """

    /// What it counts for in a budget of `unit`.
    func amount(of unit: BudgetUnit) -> Int64 {
        switch unit {
        case .microdollars: costMicrodollars
        case .tokens: Int64((inputTokens ?? 0) + (outputTokens ?? 0))
        }
    }
}
