package import Foundation
package import JSON
package import Storage

/// One unit of work outside the workflow: reads and writes the world, may be retried.
///
/// An activity is idempotent under `ActivityContext.idempotencyKey`: after a crash it runs again with the same key.
package protocol Activity: Sendable {
    var profile: ActivityProfile { get }
    /// The input has passed `profile.inputSchema`.
    func run(_ input: JSONValue, _ context: ActivityContext) async throws -> JSONValue
}

/// Which task queue and slots serve an activity: AI work never holds up standard work.
package enum ActivityPool: String, Sendable, CaseIterable { case standard, ai }

/// Who calls, and how often already. Tenant and tier come from the execution's row, never from the input.
package struct ActivityContext: Sendable {
    package var tenantID: UUID
    package var tier: String
    package var executionID: UUID
    /// Run and activity id: Temporal counts activities anew in each run of a chain.
    package var activityID: String
    package var attempt: Int
    /// The execution's, and its version.
    package var template: String?
    package var templateVersion: String?
    /// The id of the enhancement point that the call stands in; nil outside of one.
    package var enhancementPoint: String?
    /// The input holds secrets of the tenant: it goes nowhere but where the author said.
    package var carriesSecrets = false
    /// Bounds on calls to AI providers that are set for the tenant.
    package var aiLimits: [CounterLimit.Kind: Int64] = [:]
    /// Reports progress; throttled by the worker.
    package var heartbeat: @Sendable (JSONValue) -> Void

    package init(
        tenantID: UUID, tier: String, executionID: UUID, activityID: String, attempt: Int,
        template: String? = nil, templateVersion: String? = nil, enhancementPoint: String? = nil,
        heartbeat: @escaping @Sendable (JSONValue) -> Void = { _ in }
    ) {
        self.tenantID = tenantID
        self.tier = tier
        self.executionID = executionID
        self.activityID = activityID
        self.attempt = attempt
        self.template = template
        self.templateVersion = templateVersion
        self.enhancementPoint = enhancementPoint
        self.heartbeat = heartbeat
    }

    /// The same for every attempt of one step.
    package var idempotencyKey: String { "\(executionID.uuidString.lowercased())/\(activityID)" }
}
