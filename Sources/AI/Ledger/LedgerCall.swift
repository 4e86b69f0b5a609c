package import Foundation
package import Storage

/// One provider call as it is known before it is made.
package struct LedgerCall: Sendable {
    package var tenant: UUID
    /// nil outside any workflow.
    package var executionID: UUID?
    package var template: String?
    package var templateVersion: String?
    package var environment: String?
    package var activityName: String
    package var activityID: String
    /// From 1.
    package var attempt: Int
    /// Within the attempt, from 0.
    package var callNumber: Int
    package var operation: AIOperation.Kind
    package var provider: String
    package var model: String
    package var keyName: String?
    package var enhancementPoint: String?
    package var isFailover: Bool
    /// The most that it can cost.
    package var maximumMicrodollars: Int64
    /// Input and output together.
    package var maximumTokens: Int64
    package var limits: [CounterLimit]
    /// When nobody waits for its answer any more.
    package var deadline: Date

    package init(
        tenant: UUID, executionID: UUID?, template: String? = nil, templateVersion: String? = nil,
        environment: String? = nil, activityName: String, activityID: String, attempt: Int = 1, callNumber: Int = 0,
        operation: AIOperation.Kind, provider: String, model: String, keyName: String? = nil,
        enhancementPoint: String? = nil, isFailover: Bool = false, maximumMicrodollars: Int64, maximumTokens: Int64,
        limits: [CounterLimit] = [], deadline: Date
    ) {
        self.tenant = tenant
        self.executionID = executionID
        self.template = template
        self.templateVersion = templateVersion
        self.environment = environment
        self.activityName = activityName
        self.activityID = activityID
        self.attempt = attempt
        self.callNumber = callNumber
        self.operation = operation
        self.provider = provider
        self.model = model
        self.keyName = keyName
        self.enhancementPoint = enhancementPoint
        self.isFailover = isFailover
        self.maximumMicrodollars = maximumMicrodollars
        self.maximumTokens = maximumTokens
        self.limits = limits
        self.deadline = deadline
    }

    func reservation(now: Date, grace: Duration) -> Reservation {
        var record = UsageRecord(
            tenantID: tenant, executionID: executionID, activityName: activityName, activityID: activityID,
            attempt: attempt, callNumber: callNumber, provider: provider, model: model, success: false,
            fallbackUsed: isFailover, createdAt: now)
        record.operation = operation.rawValue
        record.template = template
        record.templateVersion = templateVersion
        record.environment = environment
        record.enhancementPoint = enhancementPoint
        record.keyName = keyName
        record.reservedMicrodollars = max(0, maximumMicrodollars)
        return Reservation(
            record: record, maximumMicrodollars: maximumMicrodollars, maximumTokens: maximumTokens, limits: limits,
            expiresAt: max(now, deadline).addingTimeInterval(grace / .seconds(1)))
    }
}
