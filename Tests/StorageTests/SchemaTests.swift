import Foundation
import Storage
import TestSupport
import Testing

/// Our catalog against the mission's tables. Every difference stands here and, with its reason, in `docs/schema.md`.
@Suite struct SchemaTests {
    /// One of each.
    static let dialects: [Backend] = [.memory, .postgresql]

    struct Column: Equatable, CustomStringConvertible {
        var name: String
        var type: String
        var isNotNull: Bool

        var description: String { "\(name) \(type)\(isNotNull ? " NOT NULL" : "")" }
    }

    /// The mission's schema: table → columns in order.
    static let mission: [String: [String]] = [
        "workflow_definitions": [
            "id UUID", "name VARCHAR(255) NOT NULL", "description TEXT", "category VARCHAR(50) NOT NULL",
            "version VARCHAR(20) NOT NULL", "definition JSONB NOT NULL", "ai_enhancement_points JSONB",
            "tenant_id UUID",
            "created_by UUID NOT NULL", "created_at TIMESTAMPTZ NOT NULL", "updated_at TIMESTAMPTZ NOT NULL",
        ],
        "workflow_executions": [
            "id UUID", "workflow_definition_id UUID NOT NULL", "temporal_workflow_id VARCHAR(255) NOT NULL",
            "temporal_run_id VARCHAR(255) NOT NULL", "status VARCHAR(20) NOT NULL", "input JSONB", "output JSONB",
            "error_message TEXT", "ai_enhanced BOOLEAN NOT NULL", "ai_activities_used JSONB", "ai_cost_cents INTEGER",
            "fallback_used BOOLEAN NOT NULL", "started_at TIMESTAMPTZ NOT NULL", "completed_at TIMESTAMPTZ",
            "duration_ms INTEGER", "tenant_id UUID NOT NULL", "triggered_by UUID", "metadata JSONB",
        ],
        "ai_usage_logs": [
            "id UUID", "workflow_execution_id UUID", "activity_name VARCHAR(100) NOT NULL",
            "provider VARCHAR(50) NOT NULL",
            "model VARCHAR(100) NOT NULL", "input_tokens INTEGER", "output_tokens INTEGER", "cost_cents INTEGER",
            "response_time_ms INTEGER", "success BOOLEAN NOT NULL", "confidence_score DECIMAL(3,2)",
            "fallback_used BOOLEAN NOT NULL", "tenant_id UUID NOT NULL", "created_at TIMESTAMPTZ NOT NULL",
        ],
    ]

    /// Columns that the mission's tables do not have.
    static let added: [String: [String]] = [
        "workflow_definitions": ["source TEXT NOT NULL", "digest TEXT NOT NULL"],
        "workflow_executions": [
            "latest_run_id TEXT", "steps JSONB NOT NULL", "ai_cost_microdollars INTEGER NOT NULL",
            "idempotency_key TEXT", "request_digest TEXT", "priority INTEGER", "tags JSONB NOT NULL",
            "start_at INTEGER",
            "first_task_at INTEGER", "paused_at INTEGER", "missing_at INTEGER", "schedule_id UUID", "request_id TEXT",
            "trace_parent TEXT", "error_type TEXT",
        ],
        "ai_usage_logs": [
            "activity_id TEXT NOT NULL", "attempt INTEGER NOT NULL", "call_number INTEGER NOT NULL",
            "cost_microdollars INTEGER NOT NULL", "operation TEXT", "error_code TEXT", "template TEXT",
            "template_version TEXT", "environment TEXT", "enhancement_point TEXT", "key_name TEXT",
            "cached_input_tokens INTEGER", "cache_write_tokens INTEGER", "reasoning_tokens INTEGER",
            "tokens_estimated BOOLEAN NOT NULL", "cache_hit BOOLEAN NOT NULL", "batch_size INTEGER NOT NULL",
            "reserved_microdollars INTEGER NOT NULL",
        ],
    ]

    /// Columns whose nullability differs from the mission's.
    static let nullability: Set<String> = [
        "workflow_definitions.tenant_id", "workflow_definitions.ai_enhancement_points",
        "workflow_executions.temporal_run_id",
        "workflow_executions.ai_activities_used", "workflow_executions.metadata",
    ]

    /// The mission's type → the dialect's.
    static func type(_ mission: String, _ dialect: Dialect) -> String {
        switch (mission.prefix(while: { $0 != "(" }), dialect) {
        case ("VARCHAR", _), ("TEXT", _): "TEXT"
        case ("UUID", .sqlite), ("JSONB", .sqlite): "TEXT"
        case ("TIMESTAMPTZ", .sqlite), ("INTEGER", .sqlite), ("BOOLEAN", .sqlite): "INTEGER"
        case ("DECIMAL", .sqlite): "REAL"
        case ("UUID", .postgresql), ("JSONB", .postgresql), ("BOOLEAN", .postgresql): mission
        case ("TIMESTAMPTZ", .postgresql), ("INTEGER", .postgresql): "BIGINT"
        case ("DECIMAL", .postgresql): "DOUBLE PRECISION"
        default: "unknown type \(mission)"
        }
    }

    static func column(_ text: String) -> Column {
        let words = text.split(separator: " ")
        return Column(name: String(words[0]), type: String(words[1]), isNotNull: text.hasSuffix("NOT NULL"))
    }

    static func catalog(_ table: String, _ database: any Database) async throws -> [Column] {
        try await database.read { connection in
            let sql =
                switch connection.dialect {
                // The extended form shows generated columns too.
                case .sqlite: "SELECT name, type, \"notnull\" FROM pragma_table_xinfo(?)"
                case .postgresql:
                    """
                    SELECT column_name AS name, UPPER(data_type) AS type, is_nullable = 'NO' AS notnull
                    FROM information_schema.columns WHERE table_name = ? AND table_schema = current_schema()
                    """
                }
            return try connection.query(sql, [table]).map {
                Column(name: try $0.get("name"), type: try $0.get("type"), isNotNull: try $0.get("notnull"))
            }
        }
    }

    @Test(arguments: mission.keys.sorted(), dialects)
    func everyColumnOfTheMissionIsThere(_ table: String, _ backend: Backend) async throws {
        try await backend.with { database in
            let ours = try await Self.catalog(table, database)
            var expected = try #require(Self.mission[table]).map(Self.column).map { column in
                let differs = Self.nullability.contains("\(table).\(column.name)")
                return Column(
                    name: column.name, type: Self.type(column.type, backend.dialect),
                    isNotNull: column.name == "id" || column.isNotNull != differs
                )
            }
            expected += try #require(Self.added[table]).map(Self.column).map { column in
                Column(name: column.name, type: Self.type(column.type, backend.dialect), isNotNull: column.isNotNull)
            }
            #expect(ours.map(\.description).sorted() == expected.map(\.description).sorted())
        }
    }

    @Test func theTableAboveIsTheMissions() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../shared/docs/technical-design.txt").standardizedFileURL
        guard let document = try? String(contentsOf: file, encoding: .utf8) else {
            print("skipped: no mission document at \(file.path)")
            return
        }
        var parsed: [String: [String]] = [:]
        var table: String?
        for line in document.split(separator: "\n").map({ $0.trimmingCharacters(in: .whitespaces) }) {
            if line.hasPrefix("CREATE TABLE ") { table = line.split(separator: " ").map(String.init)[2] }
            if line == ");" { table = nil }
            let words = line.split(separator: " ")
            guard let table, words.count >= 2, !["CREATE", "UNIQUE(name,", "INDEX", "--"].contains(words[0]),
                !line.hasPrefix("UNIQUE")
            else { continue }
            let type = words[1].trimmingCharacters(in: .punctuationCharacters.subtracting(.init(charactersIn: "()")))
            parsed[table, default: []].append("\(words[0]) \(type)\(line.contains("NOT NULL") ? " NOT NULL" : "")")
        }
        #expect(parsed == Self.mission)
    }

    @Test(arguments: dialects)
    func uniquenessAndIndexesStand(_ backend: Backend) async throws {
        let sql =
            switch backend.dialect {
            case .sqlite:
                """
                SELECT t.name AS tbl, i."unique" AS uniq,
                    group_concat(c.name || CASE c."desc" WHEN 1 THEN ' DESC' ELSE '' END) AS cols
                FROM pragma_table_list t, pragma_index_list(t.name) i, pragma_index_xinfo(i.name) c
                WHERE c.key = 1 AND i.origin <> 'pk' AND t.schema = 'main' AND t.name NOT LIKE 'sqlite%'
                GROUP BY t.name, i.name
                """
            case .postgresql:
                """
                SELECT t.relname AS tbl, i.indisunique AS uniq,
                    (SELECT string_agg(pg_get_indexdef(i.indexrelid, k, true)
                        || CASE i.indoption[k - 1] & 1 WHEN 1 THEN ' DESC' ELSE '' END, ',' ORDER BY k)
                    FROM generate_series(1, i.indnkeyatts) k) AS cols
                FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
                WHERE t.relnamespace = 'public'::regnamespace AND NOT i.indisprimary
                """
            }
        try await backend.with { database in
            let indexes = try await database.read { connection in
                try connection.query(sql).map { row in
                    let unique = try row.get("uniq", as: Bool.self) ? " unique" : ""
                    return try "\(row.get("tbl", as: String.self))(\(row.get("cols", as: String.self)))\(unique)"
                }
            }
            #expect(
                indexes.sorted() == [
                    "ai_answers(created_at)",
                    "ai_budgets(tenant_id,template,environment,period,unit,hard,set_by) unique",
                    "ai_cache(expires_at)",
                    "ai_counters(period)",
                    "ai_reservations(expires_at)",
                    "ai_reservations(tenant_id,created_at)",
                    "ai_usage_logs(created_at)",
                    "ai_usage_logs(tenant_id,created_at)",
                    "ai_usage_logs(tenant_id,created_at)",
                    "ai_usage_logs(workflow_execution_id)",
                    "ai_usage_logs(workflow_execution_id,activity_id,attempt,call_number) unique",
                    "api_keys(digest) unique",
                    "api_keys(tenant_id,created_at,id)",
                    "audit_log(created_at)",
                    "audit_log(tenant_id,created_at DESC,id)",
                    "documents(tenant_id,digest)",
                    "execution_enhancements(tenant_id,template,point,completed_at)",
                    "execution_histories(tenant_id,digest)",
                    "execution_logs(execution_id,id)",
                    "execution_logs(logged_at)",
                    "execution_outcomes(tenant_id,name,recorded_at)",
                    "execution_steps(completed_at)",
                    "execution_steps(tenant_id,completed_at)",
                    "execution_tags(tenant_id,tag,started_at DESC,execution_id)",
                    "schedules(tenant_id,name) unique",
                    "tenants(name) unique",
                    "webhook_deliveries(execution_id)",
                    "webhook_deliveries(webhook_id,created_at DESC,id)",
                    "webhook_deliveries(webhook_id,next_attempt_at)",
                    "webhooks(tenant_id,created_at,id)",
                    "workflow_definitions(name,version,tenant_id) unique",
                    "workflow_definitions(tenant_id,name)",
                    "workflow_executions(completed_at,id)",
                    "workflow_executions(schedule_id,started_at DESC,id)",
                    "workflow_executions(started_at,id)",
                    "workflow_executions(started_at,id)",
                    "workflow_executions(temporal_workflow_id,temporal_run_id) unique",
                    "workflow_executions(tenant_id,completed_at)",
                    "workflow_executions(tenant_id,idempotency_key) unique",
                    "workflow_executions(tenant_id,started_at DESC,id)",
                    "workflow_executions(tenant_id,started_at DESC,id)",
                    "workflow_executions(tenant_id,started_at DESC,id)",
                    "workflow_executions(tenant_id,started_at DESC,id)",
                    "workflow_executions(tenant_id,status,started_at DESC,id)",
                    "workflow_executions(tenant_id,workflow_definition_id,started_at DESC,id)",
                    "workflow_executions(workflow_definition_id)",
                ]
            )
        }
    }

    @Test(arguments: dialects)
    func listingIsServedByItsIndex(_ backend: Backend) async throws {
        let isSQLite = backend.dialect == .sqlite
        try await backend.with { database in
            let plan = try await database.read { connection in
                // So few rows are quicker read whole.
                if !isSQLite { try connection.script("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off") }
                return try connection.query(
                    """
                    EXPLAIN \(isSQLite ? "QUERY PLAN" : "") SELECT e.id FROM workflow_executions e
                    JOIN workflow_definitions d ON d.id = e.workflow_definition_id
                    WHERE e.tenant_id = ? ORDER BY e.started_at DESC, e.id LIMIT 50
                    """,
                    [UUID()]
                ).map { try $0.get(isSQLite ? "detail" : "QUERY PLAN", as: String.self) }
            }
            #expect(plan.contains { $0.contains("idx_workflow_executions_tenant") })
            #expect(!plan.contains { $0.contains("TEMP B-TREE") || $0.contains("Sort") }, "no sort: \(plan)")
        }
    }

    /// What the schema itself refuses, whoever writes.
    @Test(
        arguments: [
            ("status = 'unknown'", "a status outside the seven"),
            ("status = 'running'", "running without a run id"),
            ("status = 'completed', completed_at = 2, duration_ms = 1", "closed without a run id"),
            ("status = 'failed'", "closed without a time"),
            ("completed_at = 2, duration_ms = 0", "open with a completion time"),
            ("temporal_run_id = 'r'", "a first run without a latest"),
            ("input = '{broken'", "input that is no JSON"),
            ("ai_enhanced = 2", "a boolean of 2"),
            ("ai_cost_microdollars = -1", "a negative cost"),
            ("tenant_id = NULL", "no tenant"),
            ("started_at = 'yesterday'", "a text for a time"),
        ], dialects)
    func schemaRefuses(_ refused: (change: String, what: Comment), _ backend: Backend) async throws {
        let change = refused.change
        try await backend.with { database in
            let id = try await database.accepted().id
            let code = await storageError {
                _ = try await database.write {
                    try $0.execute("UPDATE workflow_executions SET \(change) WHERE id = ?", [id])
                }
            }
            #expect(code == .constraint, refused.what)
        }
    }

    @Test(
        arguments: [
            (0, 0), (4_999, 0), (5_000, 1), (10_000, 1), (14_999, 1), (9_007_199_254_740_993, 900_719_925_474),
        ], dialects)
    func centsAreMicrodollarsRoundedOnce(_ sum: (microdollars: Int64, cents: Int64), _ backend: Backend) async throws {
        try await backend.with { database in
            let id = try await database.accepted().id
            try await database.write {
                try $0.execute(
                    "UPDATE workflow_executions SET ai_cost_microdollars = ? WHERE id = ?", [sum.microdollars, id])
            }
            #expect(try await ExecutionStore(database).get(id)?.summary.costCents == sum.cents)
        }
    }
}
