package import Foundation

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
    /// Throws `conflict` for an id that is taken and `constraint` for an unknown definition.
    package func insert(_ new: NewExecution) async throws -> (execution: Execution, isNew: Bool) {
        try await database.write { connection in
            let inserted = try connection.execute(
                """
                INSERT INTO workflow_executions (id, workflow_definition_id, temporal_workflow_id, temporal_run_id,
                    latest_run_id, status, input, ai_enhanced, started_at, tenant_id, idempotency_key, triggered_by,
                    metadata)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (tenant_id, idempotency_key) DO NOTHING
                """,
                [
                    new.id, new.definitionID, new.temporalWorkflowID, new.temporalRunID, new.temporalRunID,
                    new.temporalRunID == nil ? ExecutionStatus.pending : .running, new.input, new.aiEnhanced,
                    new.startedAt, new.tenantID, new.idempotencyKey, new.triggeredBy, new.metadata,
                ]
            )
            let execution =
                inserted == 1
                ? try Self.one("e.id = ?", [new.id], connection)
                : try Self.one(
                    "e.tenant_id = ? AND e.idempotency_key = ?", [new.tenantID, new.idempotencyKey], connection
                )
            guard let execution else { throw StorageError(.internal, "The execution was not stored.") }
            return (execution, inserted == 1)
        }
    }

    /// Records the reply to a start. A late reply changes neither a later run's id nor a closed row's status.
    package func markStarted(_ id: UUID, runID: String) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE workflow_executions SET
                    temporal_run_id = COALESCE(temporal_run_id, ?), latest_run_id = COALESCE(latest_run_id, ?),
                    status = CASE status WHEN 'pending' THEN 'running' ELSE status END
                WHERE id = ?
                """,
                [runID, runID, id]
            )
        }
    }

    /// Follows continue-as-new (and a reset of an open run) to the run that goes on; `first` is the chain's first
    /// run.
    package func advance(_ id: UUID, first: String, latest: String) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE workflow_executions SET temporal_run_id = COALESCE(temporal_run_id, ?), latest_run_id = ?,
                    status = 'running'
                WHERE id = ? AND status IN ('pending', 'running')
                """,
                [first, latest, id]
            )
        }
    }

    /// Closes the row; returns whether this call made the transition: whatever must happen once (metrics,
    /// notifications) follows a true.
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
            try connection.execute(
                """
                UPDATE workflow_executions SET
                    temporal_run_id = COALESCE(temporal_run_id, ?), latest_run_id = ?, status = ?, output = ?,
                    error_message = ?, steps = ?, ai_activities_used = ?, fallback_used = ?, completed_at = ?,
                    duration_ms = CASE WHEN ? > started_at THEN (? - started_at) / 1000 ELSE 0 END
                WHERE id = ? AND status IN ('pending', 'running') AND (latest_run_id IS NULL OR latest_run_id = ?)
                """,
                [
                    first ?? runID, runID, outcome.status, outcome.output, outcome.errorMessage?.withoutNUL,
                    outcome.steps, outcome.aiActivitiesUsed, outcome.fallbackUsed, outcome.completedAt,
                    outcome.completedAt, outcome.completedAt, id, runID,
                ]
            ) == 1
        }
    }

    /// Closes a pending row whose start Temporal refused for good; it never had a run.
    package func markFailedToStart(_ id: UUID, error: String, now: Date = Date()) async throws -> Bool {
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE workflow_executions SET status = 'failed', error_message = ?, completed_at = ?,
                    duration_ms = CASE WHEN ? > started_at THEN (? - started_at) / 1000 ELSE 0 END
                WHERE id = ? AND status = 'pending'
                """,
                [error.withoutNUL, now, now, now, id]
            ) == 1
        }
    }

    /// Opens a closed row again: its workflow was reset, and goes on as `runID`. Returns whether it was closed.
    package func reopen(_ id: UUID, runID: String) async throws -> Bool {
        try await database.write { connection in
            try connection.execute(
                """
                UPDATE workflow_executions SET status = 'running', temporal_run_id = COALESCE(temporal_run_id, ?),
                    latest_run_id = ?, output = NULL, error_message = NULL, steps = '[]', completed_at = NULL,
                    duration_ms = NULL
                WHERE id = ? AND status NOT IN ('pending', 'running') AND (latest_run_id IS NULL OR latest_run_id <> ?)
                """,
                [runID, runID, id, runID]
            ) == 1
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

    /// By Temporal's workflow id, which another client may have chosen; the newest where it was used again. Without the
    /// large columns: every activity asks.
    package func summary(workflowID: String) async throws -> ExecutionSummary? {
        try await database.read { connection in
            try connection.query(
                """
                SELECT \(ExecutionSummary.columns) FROM \(ExecutionSummary.tables)
                WHERE e.temporal_workflow_id = ? ORDER BY e.started_at DESC LIMIT 1
                """,
                [workflowID]
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
