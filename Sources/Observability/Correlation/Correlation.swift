package import Foundation
package import Logging

/// On whose behalf the present task works. Whoever begins such work says so once, around it; each log line that is written
/// within carries it, whichever room writes it.
///
///     try await Correlation.with { $0.tenant = tenant.id; $0.execution = row.id } _: { … }
package struct Correlation: Sendable, Hashable {
    package var tenant: UUID?
    package var execution: UUID?
    /// Temporal's id of the run.
    package var run: String?
    /// The step's path within the definition.
    package var step: String?
    /// The activity's type, its id within the run, and which attempt at it this is.
    package var activity: String?
    package var activityID: String?
    package var attempt: Int?
    package var trace: TraceContext?
    /// The id of the HTTP request that is answered, or that started the execution.
    package var request: String?

    package init() {}

    @TaskLocal package static var current = Correlation()

    /// Runs `work` with the present values changed; tasks that it starts inherit them.
    package static func with<Result>(
        _ change: (inout Correlation) throws -> Void,
        isolation: isolated (any Actor)? = #isolation,
        _ work: () async throws -> Result
    ) async rethrows -> Result {
        var changed = current
        try change(&changed)
        return try await $current.withValue(changed, operation: work)
    }

    /// What log lines show: ids in lower case, nothing that is not known.
    package var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        forEachField { metadata[$0] = .string($1) }
        return metadata
    }

    /// In the order in which people read them.
    func forEachField(_ body: (_ name: String, _ value: String) -> Void) {
        if let tenant { body("tenant", tenant.uuidString.lowercased()) }
        if let execution { body("execution", execution.uuidString.lowercased()) }
        if let run { body("run", run) }
        if let step { body("step", step) }
        if let activity { body("activity", activity) }
        if let activityID { body("activity_id", activityID) }
        if let attempt { body("attempt", String(attempt)) }
        if let request { body("request", request) }
        if let trace { body("trace", trace.traceID) }
    }
}
