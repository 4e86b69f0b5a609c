package import Foundation
import JSON

/// The index of executions. Temporal is the truth; a row is the outbox of its start and the record of its end.
///
/// 1. `insert` (pending): from its commit on the start is promised.
/// 2. `markStarted`: Temporal has it. Touches run ids and `pending → running` only.
/// 3. `close`: the one transition out of pending or running, for the current run.
package struct ExecutionStore: Sendable {
    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// Accepts an execution; running at once when it has a run id already, else pending.
    ///
    /// With an idempotency key that the tenant has used, nothing is inserted and the earlier execution is returned.
    /// Throws `conflict` for an id that is taken, `constraint` for an unknown definition, and `limitExceeded` beyond `openLimit`.
    package func insert(_ new: NewExecution) async throws -> (execution: Execution, isNew: Bool) {
        try await database.write { connection in
            if new.openLimit != nil { try ConcurrencyGate.enter(new.tenantID, in: connection) }
            try connection.enqueue(
                """
                INSERT INTO workflow_executions (id, workflow_definition_id, temporal_workflow_id, temporal_run_id,
                    latest_run_id, status, input, ai_enhanced, started_at, tenant_id, idempotency_key, triggered_by,
                    metadata, request_digest, priority, tags, start_at, schedule_id, request_id, trace_parent)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (tenant_id, idempotency_key) DO NOTHING
                """,
                [
                    new.id, new.definitionID, new.temporalWorkflowID, new.temporalRunID, new.temporalRunID, new.status,
                    new.input, new.aiEnhanced, new.startedAt, new.tenantID, new.idempotencyKey, new.triggeredBy,
                    new.metadata, new.requestDigest, new.priority, JSONValue.array(new.tags.map { .string($0) }),
                    new.startAt, new.scheduleID, new.requestID, new.traceParent,
                ]
            )
            // One journey for all that the answer needs to know: it is part of every start's time.
            let stored = try connection.query(
                """
                SELECT d.name AS template, d.version AS version,
                    (SELECT COUNT(*) FROM workflow_executions WHERE id = ?) AS is_new, \(ConcurrencyGate.open) AS open
                FROM workflow_definitions d WHERE d.id = ?
                """, [new.id, new.tenantID, new.openLimit.map { $0 + 1 } ?? 0, new.definitionID]
            ).first
            guard let stored, try stored.get("is_new", as: Int.self) == 1 else {
                let earlier = try Self.one(
                    "e.tenant_id = ? AND e.idempotency_key = ?", [new.tenantID, new.idempotencyKey], connection)
                guard let earlier else { throw StorageError(.internal, "The execution was not stored.") }
                return (earlier, false)
            }
            if let limit = new.openLimit { try ConcurrencyGate.admit(open: try stored.get("open"), limit: limit) }
            for tag in Set(new.tags) {
                try connection.enqueue(
                    "INSERT INTO execution_tags (execution_id, tag, tenant_id, started_at) VALUES (?, ?, ?, ?)",
                    [new.id, tag, new.tenantID, new.startedAt])
            }
            // Not read again, which would cost every start a journey.
            return (
                Execution(new, template: try stored.get("template"), version: try stored.get("version")), true
            )
        }
    }

    /// The execution that a tenant started with this key.
    package func get(idempotencyKey key: String, tenant: UUID) async throws -> Execution? {
        try await database.read {
            try Self.one("e.tenant_id = ? AND e.idempotency_key = ?", [tenant, key], $0)
        }
    }

    /// Records the replies to starts. A late reply changes neither a later run's id nor a closed row's status; one that
    /// waits for its time stays pending.
    package func markStarted(_ runs: [(id: UUID, runID: String)], now: Date = Date()) async throws {
        // Each transaction locks rows in the same order.
        let runs = runs.sorted { $0.id.text < $1.id.text }
        try await database.write { connection in
            for (id, runID) in runs {
                try connection.enqueue(
                    """
                    UPDATE workflow_executions SET
                        temporal_run_id = COALESCE(temporal_run_id, ?), latest_run_id = COALESCE(latest_run_id, ?),
                        status = CASE WHEN status = 'pending' AND (start_at IS NULL OR start_at <= ?) THEN 'running'
                            ELSE status END
                    WHERE id = ?
                    """,
                    [runID, runID, now, id]
                )
            }
        }
    }

    package func markStarted(_ id: UUID, runID: String, now: Date = Date()) async throws {
        try await markStarted([(id, runID)], now: now)
    }

    /// Follows continue-as-new (and a reset of an open run) to the run that goes on; `first` is the chain's first
    /// run, `history` that of the run that ended.
    package func advance(
        _ id: UUID, first: String, latest: String, archiving history: ArchivedHistory? = nil
    ) async throws {
        try await database.write { connection in
            let moved = try connection.query(
                """
                UPDATE workflow_executions SET temporal_run_id = COALESCE(temporal_run_id, ?), latest_run_id = ?,
                    status = 'running', missing_at = NULL
                WHERE id = ? AND status IN ('pending', 'running') RETURNING tenant_id
                """,
                [first, latest, id]
            )
            guard let history, let row = moved.first else { return }
            try connection.insert(history, execution: id, tenant: try row.get("tenant_id"))
        }
    }

    /// Closes the row, with its steps, its history and the webhooks' deliveries; returns whether this call made the
    /// transition: whatever must happen once follows a true.
    ///
    /// Refused when the row is closed, and when `runID` is not the current run (a reset has led to another). `first`
    /// is the chain's first run, for a row whose start reply was lost.
    package func close(_ id: UUID, runID: String, first: String? = nil, _ outcome: ExecutionOutcome) async throws
        -> Bool
    {
        guard !outcome.status.isOpen else {
            throw StorageError(.constraint, "An execution cannot be closed as \(outcome.status.rawValue).")
        }
        return try await database.write { connection in
            let closed = try connection.query(
                """
                UPDATE workflow_executions SET
                    temporal_run_id = COALESCE(temporal_run_id, ?), latest_run_id = ?, status = ?, output = ?,
                    error_message = ?, error_type = ?, steps = ?, ai_activities_used = ?, fallback_used = ?,
                    completed_at = ?, first_task_at = ?, paused_at = NULL, missing_at = NULL,
                    duration_ms = CASE WHEN ? > started_at THEN (? - started_at) / 1000 ELSE 0 END
                WHERE id = ? AND status IN ('pending', 'running') AND (latest_run_id IS NULL OR latest_run_id = ?)
                RETURNING tenant_id, workflow_definition_id
                """,
                [
                    first ?? runID, runID, outcome.status, outcome.output, outcome.errorMessage?.withoutNUL,
                    outcome.errorType?.cut(100), outcome.steps, outcome.aiActivitiesUsed, outcome.fallbackUsed,
                    outcome.completedAt, outcome.firstTaskAt, outcome.completedAt, outcome.completedAt, id, runID,
                ]
            )
            guard let row = closed.first else { return false }
            let tenant: UUID = try row.get("tenant_id")
            try connection.insert(outcome.finishedSteps, execution: id, tenant: tenant)
            try connection.insert(
                outcome.enhancements, execution: id, tenant: tenant, definition: try row.get("workflow_definition_id"))
            if let history = outcome.history { try connection.insert(history, execution: id, tenant: tenant) }
            try Self.announce(closed: id, connection, outcome.completedAt)
            return true
        }
    }

    /// Closes a pending row whose start Temporal refused for good; it never had a run.
    package func markFailedToStart(_ id: UUID, error: String, now: Date = Date()) async throws -> Bool {
        try await database.write { connection in
            let closed = try connection.execute(
                """
                UPDATE workflow_executions SET status = 'failed', error_message = ?, error_type = 'start_refused',
                    completed_at = ?, duration_ms = CASE WHEN ? > started_at THEN (? - started_at) / 1000 ELSE 0 END
                WHERE id = ? AND status = 'pending' AND temporal_run_id IS NULL
                """,
                [error.withoutNUL, now, now, now, id]
            )
            guard closed == 1 else { return false }
            try Self.announce(closed: id, connection, now)
            return true
        }
    }

    /// What follows the one transition, in its transaction.
    private static func announce(closed id: UUID, _ connection: any Connection, _ now: Date) throws {
        try WebhookStore.enqueue(closed: id, on: connection, now: now)
        try connection.notify(.executions, id.text)
    }

    /// Opens a closed row again: its workflow was reset, and goes on as `runID`. Returns whether it was closed.
    package func reopen(_ id: UUID, runID: String) async throws -> Bool {
        try await database.write { connection in
            let reopened = try connection.execute(
                """
                UPDATE workflow_executions SET status = 'running', temporal_run_id = COALESCE(temporal_run_id, ?),
                    latest_run_id = ?, output = NULL, error_message = NULL, error_type = NULL, steps = '[]',
                    completed_at = NULL, duration_ms = NULL
                WHERE id = ? AND status NOT IN ('pending', 'running') AND (latest_run_id IS NULL OR latest_run_id <> ?)
                """,
                [runID, runID, id, runID]
            )
            guard reopened == 1 else { return false }
            for table in ["execution_steps", "execution_enhancements"] {
                try connection.execute("DELETE FROM \(table) WHERE execution_id = ?", [id])
            }
            return true
        }
    }

    /// Whether and since when an open execution begins nothing new.
    package func markPaused(_ id: UUID, since date: Date?) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE workflow_executions SET paused_at = CAST(? AS BIGINT)
                WHERE id = ? AND status IN ('pending', 'running')
                """,
                [date, id])
            try connection.notify(.executions, id.text)
        }
    }

    /// Whether Temporal knows of an open execution; the first moment at which it did not is kept.
    package func markMissing(_ id: UUID, since date: Date?) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE workflow_executions SET
                    missing_at = CASE WHEN CAST(? AS BIGINT) IS NULL THEN NULL ELSE COALESCE(missing_at, ?) END
                WHERE id = ? AND status IN ('pending', 'running')
                """,
                [date, date, id])
        }
    }

    /// nil for another tenant's execution.
    package func get(_ id: UUID, tenant: UUID) async throws -> Execution? {
        try await database.read { try Self.one("e.id = ? AND e.tenant_id = ?", [id, tenant], $0) }
    }

    /// Of any tenant: for the worker and the reconciler, never for a caller.
    package func get(_ id: UUID) async throws -> Execution? {
        try await database.read { try Self.one("e.id = ?", [id], $0) }
    }

    /// By Temporal's workflow id, which another client may have chosen. Where it was used again: the execution of that
    /// run, else the newest. Without the large columns: every activity asks.
    package func summary(workflowID: String, runID: String? = nil) async throws -> ExecutionSummary? {
        let run = runID ?? ""
        return try await database.read { connection in
            try connection.query(
                """
                SELECT \(ExecutionSummary.columns) FROM \(ExecutionSummary.tables) WHERE e.temporal_workflow_id = ?
                ORDER BY CASE WHEN e.latest_run_id = ? OR e.temporal_run_id = ? THEN 0 ELSE 1 END, e.started_at DESC
                LIMIT 1
                """,
                [workflowID, run, run]
            ).first.map { try ExecutionSummary($0) }
        }
    }

    private static func one(
        _ condition: String, _ values: [(any DatabaseConvertible)?], _ connection: any Connection
    ) throws -> Execution? {
        try connection.query("SELECT \(Execution.columns) FROM \(ExecutionSummary.tables) WHERE \(condition)", values)
            .first.map { try Execution($0) }
    }
}

extension String {
    /// Error texts come from anywhere; what cannot be stored is replaced.
    var withoutNUL: String { replacing("\0", with: "\u{FFFD}") }
}
