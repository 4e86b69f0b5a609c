import Foundation
import JSON
import Storage

/// One operation on its way: on whose behalf, until when, and what its calls took so far.
struct OperationRun {
    let operation: AIOperation
    let caller: AICaller
    let options: AICallOptions
    /// Whose rows these are (`--environment`).
    let environment: String?
    let start: ContinuousClock.Instant
    let deadline: ContinuousClock.Instant
    /// Of all that decides the answer, the model apart.
    let identity: JSONValue
    /// What its calls took, failed ones included.
    private(set) var usage = AIUsage.none
    private(set) var attempts: [AIAttempt] = []
    /// The next call's number in the ledger.
    private(set) var number = 0

    init(
        _ operation: AIOperation, for caller: AICaller, _ options: AICallOptions, environment: String?,
        within limit: Duration
    ) {
        self.operation = operation
        self.caller = caller
        self.options = options
        self.environment = environment
        identity = operation.identity
        start = .now
        deadline = start + limit
    }

    mutating func nextNumber() -> Int {
        defer { number += 1 }
        return number
    }

    /// - Parameter row: as the ledger has it.
    mutating func add(_ row: UsageRecord, latency: Duration) {
        usage += AIUsage(
            inputTokens: row.inputTokens ?? 0, outputTokens: row.outputTokens ?? 0,
            tokensEstimated: row.tokensEstimated, costMicrodollars: row.costMicrodollars)
        note(
            AIModel(provider: row.provider, name: row.model), row.errorCode ?? (row.cacheHit ? "cached" : "ok"),
            latency: latency, microdollars: row.costMicrodollars)
    }

    mutating func note(
        _ model: AIModel, _ outcome: String, latency: Duration = .zero, microdollars: Int64 = 0
    ) {
        attempts.append(
            AIAttempt(
                provider: model.provider, model: model.name, outcome: outcome, latency: latency,
                costMicrodollars: microdollars))
    }

    /// Of an answer by `model`; of the operation alone where it is nil.
    func digest(of model: AIModel?) -> String {
        let whole: JSONValue = [model.map { .string($0.description) } ?? .null, identity]
        return ContentDigest(of: whole.canonicalBytes()).rawValue
    }

    /// A row of this operation; the rest of it is for whoever knows.
    func row(_ model: AIModel, number: Int, isFailover: Bool) -> UsageRecord {
        var row = UsageRecord(
            tenantID: caller.tenant, executionID: caller.executionID, activityName: caller.activityName,
            activityID: caller.activityID, attempt: caller.attempt, callNumber: number, provider: model.provider,
            model: model.name, success: false, fallbackUsed: isFailover)
        row.operation = operation.kind.rawValue
        row.environment = environment
        row.template = caller.template
        row.templateVersion = caller.templateVersion
        row.enhancementPoint = caller.enhancementPoint
        return row
    }

    func response(
        _ answer: KeptAnswer, _ source: AIResponse.Source, isFailover: Bool, batchSize: Int = 1
    ) -> AIResponse {
        AIResponse(
            value: answer.value, provider: answer.provider, model: answer.model, source: source, usage: usage,
            confidence: answer.confidence, latency: start.duration(to: .now), usedFailover: isFailover,
            attempts: attempts, batchSize: batchSize)
    }
}
