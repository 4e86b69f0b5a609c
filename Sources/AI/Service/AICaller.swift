package import Foundation
package import Storage

/// On whose behalf, and for which step, an operation is performed; it names the ledger's rows.
package struct AICaller: Sendable, Hashable {
    package var tenant: UUID
    package var tier: Tier
    /// nil outside a workflow (`POST /workflows/ai/test`).
    package var executionID: UUID?
    /// The activity's id, the same over its attempts. Unique within the execution: where runs continue as new or are reset,
    /// Temporal's activity ids begin again, so the run's id belongs in it; calls of the same name count as one.
    package var activityID: String
    package var activityName: String
    /// From 1.
    package var attempt: Int
    /// The execution's template and its version; nil outside a workflow.
    package var template: String?
    package var templateVersion: String?
    /// The id of the enhancement point that the activity is called in; nil outside of one.
    package var enhancementPoint: String?
    /// What is set for this tenant, in the place of what holds for all.
    package var limits: [CounterLimit.Kind: Int64]

    package init(
        tenant: UUID, tier: Tier, executionID: UUID?, activityID: String, activityName: String, attempt: Int = 1,
        template: String? = nil, templateVersion: String? = nil, enhancementPoint: String? = nil,
        limits: [CounterLimit.Kind: Int64] = [:]
    ) {
        self.tenant = tenant
        self.tier = tier
        self.executionID = executionID
        self.activityID = activityID
        self.activityName = activityName
        self.attempt = attempt
        self.template = template
        self.templateVersion = templateVersion
        self.enhancementPoint = enhancementPoint
        self.limits = limits
    }
}
