package import Foundation
package import JSON

/// What a list shows of an execution.
package struct ExecutionSummary: Sendable, Hashable {
    package let id: UUID
    package let tenantID: UUID
    package let definitionID: UUID
    /// The definition's name and version.
    package let template: String
    package let templateVersion: String
    package let temporalWorkflowID: String
    /// The first run of the chain; nil until Temporal has started it.
    package internal(set) var temporalRunID: String?
    /// The run that continue-as-new or a reset led to.
    package internal(set) var latestRunID: String?
    /// As it is shown: `paused` and `unknown` stand beside a stored `running`.
    package internal(set) var status: ExecutionStatus
    package let errorMessage: String?
    package let aiEnhanced: Bool
    package let fallbackUsed: Bool
    package let costMicrodollars: Int64
    /// Rounded once, from the sum.
    package let costCents: Int64
    /// When it was accepted.
    package let startedAt: Date
    package let completedAt: Date?
    package let durationMilliseconds: Int64?
    package let triggeredBy: UUID?
    /// 1 (first) to 5; nil: the tier's.
    package let priority: Int?
    package let tags: [String]
    /// Not to begin before; nil: at once.
    package let startAt: Date?
    /// Since when it begins nothing new.
    package internal(set) var pausedAt: Date?
    /// Since when Temporal does not know of it any more, though nobody saw it end.
    package let missingAt: Date?
    package let scheduleID: UUID?
    /// The HTTP request that asked for it, and its place in a trace, as `traceparent` has it.
    package let requestID: String?
    package let traceParent: String?
}

/// A row of `workflow_executions`.
package struct Execution: Sendable, Hashable {
    package internal(set) var summary: ExecutionSummary
    package let input: JSONValue?
    package let output: JSONValue?
    /// The step summary, kept at close; `[]` before.
    package let steps: JSONValue
    package let aiActivitiesUsed: JSONValue
    package let metadata: JSONValue
    package let idempotencyKey: String?
    /// SHA-256 of the request that the idempotency key came with.
    package let requestDigest: String?
    /// When a worker took the first workflow task; known at close.
    package let firstTaskAt: Date?

    package var id: UUID { summary.id }
    package var tenantID: UUID { summary.tenantID }
    package var status: ExecutionStatus { summary.status }
    package var requestID: String? { summary.requestID }
    package var traceParent: String? { summary.traceParent }

    /// As it stands in the database after `markStarted`.
    package func started(as runID: String, now: Date = Date()) -> Execution {
        var row = self
        row.summary.temporalRunID = summary.temporalRunID ?? runID
        row.summary.latestRunID = summary.latestRunID ?? runID
        if summary.status == .pending, summary.startAt.map({ $0 <= now }) ?? true { row.summary.status = .running }
        return row
    }

    /// As it stands after `markPaused`.
    package func paused(since date: Date?) -> Execution {
        guard status == .running || status == .paused else { return self }
        var row = self
        row.summary.pausedAt = date
        row.summary.status = date == nil ? .running : .paused
        return row
    }
}

extension ExecutionSummary {
    /// Everything of `workflow_executions` but the large columns, and the definition's name and version.
    static let columns = """
        e.id, e.tenant_id, e.workflow_definition_id, d.name AS template, d.version AS template_version,
        e.temporal_workflow_id, e.temporal_run_id, e.latest_run_id, e.status, e.error_message, e.ai_enhanced,
        e.fallback_used, e.ai_cost_microdollars, e.ai_cost_cents, e.started_at, e.completed_at, e.duration_ms,
        e.triggered_by, e.priority, e.tags, e.start_at, e.paused_at, e.missing_at, e.schedule_id,
        e.request_id, e.trace_parent
        """
    static let tables = "workflow_executions e JOIN workflow_definitions d ON d.id = e.workflow_definition_id"

    init(_ row: Row) throws(StorageError) {
        id = try row.get("id")
        tenantID = try row.get("tenant_id")
        definitionID = try row.get("workflow_definition_id")
        template = try row.get("template")
        templateVersion = try row.get("template_version")
        temporalWorkflowID = try row.get("temporal_workflow_id")
        temporalRunID = try row.optional("temporal_run_id")
        latestRunID = try row.optional("latest_run_id")
        startAt = try row.optional("start_at")
        pausedAt = try row.optional("paused_at")
        missingAt = try row.optional("missing_at")
        var status: ExecutionStatus = try row.get("status")
        if status == .pending, latestRunID != nil, let startAt, startAt <= Date() { status = .running }
        if status == .running, pausedAt != nil { status = .paused }
        if status.isOpen, missingAt != nil { status = .unknown }
        self.status = status
        errorMessage = try row.optional("error_message")
        aiEnhanced = try row.get("ai_enhanced")
        fallbackUsed = try row.get("fallback_used")
        costMicrodollars = try row.get("ai_cost_microdollars")
        costCents = try row.get("ai_cost_cents")
        startedAt = try row.get("started_at")
        completedAt = try row.optional("completed_at")
        durationMilliseconds = try row.optional("duration_ms")
        triggeredBy = try row.optional("triggered_by")
        priority = try row.optional("priority")
        tags = try row.get("tags", as: JSONValue.self).array?.compactMap(\.string) ?? []
        scheduleID = try row.optional("schedule_id")
        requestID = try row.optional("request_id")
        traceParent = try row.optional("trace_parent")
    }
}

extension Execution {
    static let columns =
        ExecutionSummary.columns
            + """
            , e.input, e.output, e.steps, e.ai_activities_used, e.metadata, e.idempotency_key, e.request_digest,
            e.first_task_at
            """

    init(_ row: Row) throws(StorageError) {
        summary = try ExecutionSummary(row)
        input = try row.optional("input")
        output = try row.optional("output")
        steps = try row.get("steps")
        aiActivitiesUsed = try row.get("ai_activities_used")
        metadata = try row.get("metadata")
        idempotencyKey = try row.optional("idempotency_key")
        requestDigest = try row.optional("request_digest")
        firstTaskAt = try row.optional("first_task_at")
    }
}

extension Execution {
    /// The row of an execution just accepted, as it would be read.
    init(_ new: NewExecution, template: String, version: String) {
        summary = ExecutionSummary(
            id: new.id, tenantID: new.tenantID, definitionID: new.definitionID, template: template,
            templateVersion: version, temporalWorkflowID: new.temporalWorkflowID, temporalRunID: new.temporalRunID,
            latestRunID: new.temporalRunID, status: new.status, errorMessage: nil, aiEnhanced: new.aiEnhanced,
            fallbackUsed: false, costMicrodollars: 0, costCents: 0, startedAt: new.startedAt.stored,
            completedAt: nil,
            durationMilliseconds: nil, triggeredBy: new.triggeredBy, priority: new.priority, tags: new.tags,
            startAt: new.startAt?.stored, pausedAt: nil, missingAt: nil, scheduleID: new.scheduleID,
            requestID: new.requestID,
            traceParent: new.traceParent)
        input = new.input
        output = nil
        steps = []
        aiActivitiesUsed = []
        metadata = new.metadata
        idempotencyKey = new.idempotencyKey
        requestDigest = new.requestDigest
        firstTaskAt = nil
    }
}

/// An execution to be accepted.
package struct NewExecution: Sendable {
    package var id: UUID
    package var tenantID: UUID
    package var definitionID: UUID
    package var temporalWorkflowID: String
    /// Of a run that another client started; nil for one that we are about to start.
    package var temporalRunID: String?
    package var input: JSONValue?
    package var aiEnhanced: Bool
    package var idempotencyKey: String?
    package var triggeredBy: UUID?
    package var metadata: JSONValue
    package var startedAt: Date
    /// Of the request, with the idempotency key.
    package var requestDigest: String?
    package var priority: Int?
    package var tags: [String] = []
    package var startAt: Date?
    package var scheduleID: UUID?
    package var requestID: String?
    package var traceParent: String?
    /// How many executions the tenant may have open, this one included; nil: nobody counts.
    package var openLimit: Int?

    /// The workflow id is the execution's id unless told otherwise.
    package init(
        id: UUID = UUID(), tenantID: UUID, definitionID: UUID, temporalWorkflowID: String? = nil,
        temporalRunID: String? = nil, input: JSONValue?, aiEnhanced: Bool, idempotencyKey: String? = nil,
        triggeredBy: UUID? = nil, metadata: JSONValue = [:], startedAt: Date = Date()
    ) {
        self.id = id
        self.tenantID = tenantID
        self.definitionID = definitionID
        self.temporalWorkflowID = temporalWorkflowID ?? id.text
        self.temporalRunID = temporalRunID
        self.input = input
        self.aiEnhanced = aiEnhanced
        self.idempotencyKey = idempotencyKey
        self.triggeredBy = triggeredBy
        self.metadata = metadata
        self.startedAt = startedAt
    }

    /// The run of another client's has begun.
    var status: ExecutionStatus { temporalRunID == nil ? .pending : .running }
}

/// How an execution ended.
package struct ExecutionOutcome: Sendable {
    package var status: ExecutionStatus
    package var output: JSONValue?
    package var errorMessage: String?
    package var steps: JSONValue
    package var aiActivitiesUsed: JSONValue
    package var fallbackUsed: Bool
    package var completedAt: Date
    /// The last segment of the error's type: `timeout`, `runtime`, …
    package var errorType: String?
    package var firstTaskAt: Date?
    /// The finished steps, for statistics.
    package var finishedSteps: [FinishedStep] = []
    package var enhancements: [FinishedEnhancement] = []
    package var history: ArchivedHistory?

    package init(
        status: ExecutionStatus, output: JSONValue? = nil, errorMessage: String? = nil, steps: JSONValue = [],
        aiActivitiesUsed: JSONValue = [], fallbackUsed: Bool = false, completedAt: Date = Date()
    ) {
        self.status = status
        self.output = output
        self.errorMessage = errorMessage
        self.steps = steps
        self.aiActivitiesUsed = aiActivitiesUsed
        self.fallbackUsed = fallbackUsed
        self.completedAt = completedAt
    }
}
