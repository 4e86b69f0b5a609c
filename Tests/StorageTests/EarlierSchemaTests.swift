import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// A database that an earlier version of the service wrote becomes today's, with its rows.
///
/// The rows of each version are frozen text, as its service would have written them: never adapt them to a later schema.
@Suite(.timeLimit(.minutes(2)))
struct EarlierSchemaTests {
    /// What a service of that version may have written, by version.
    private static let rows: [Int: String] = [1: first, 2: first + second, 3: first + second + third]

    private static let first = """
        INSERT INTO tenants (id, name, tier, created_at)
        VALUES ('11111111-0000-4000-8000-000000000001', 'früh', 'premium', 1790000000000001);

        INSERT INTO api_keys (id, tenant_id, principal_id, name, prefix, digest, created_at)
        VALUES ('22222222-0000-4000-8000-000000000001', '11111111-0000-4000-8000-000000000001',
            '33333333-0000-4000-8000-000000000001', 'first key', 'wfs_KKKKKK',
            'bda604f9d1a6a9e8b6e4cd2a1fd8b1c1c5d8dfc1d8b36cbb3d5e0d2f24d1b3a7', 1790000000000002);

        INSERT INTO workflow_definitions (id, name, description, category, version, definition, source, digest,
            created_by, created_at, updated_at)
        VALUES ('44444444-0000-4000-8000-000000000001', 'old', NULL, 'custom', '1.0.0', '{"document":{"dsl":"1.0.0"}}',
            'document: {dsl: 1.0.0} # as written', '0000000000000000000000000000000000000000000000000000000000000000',
            '00000000-0000-0000-0000-000000000000', 1790000000000003, 1790000000000003);

        INSERT INTO workflow_executions (id, workflow_definition_id, temporal_workflow_id, temporal_run_id,
            latest_run_id, status, input, output, steps, ai_enhanced, ai_cost_microdollars, fallback_used, started_at,
            completed_at, duration_ms, tenant_id, idempotency_key, triggered_by)
        VALUES ('55555555-0000-4000-8000-000000000001', '44444444-0000-4000-8000-000000000001',
            '55555555-0000-4000-8000-000000000001', 'run-1', 'run-2', 'completed', '{"text":"é"}', '{"result":7}',
            '[{"name":"a","status":"completed"}]', TRUE, 12345, FALSE, 1790000000000004, 1790000001000004, 1000,
            '11111111-0000-4000-8000-000000000001', 'once', '33333333-0000-4000-8000-000000000001'),
            ('55555555-0000-4000-8000-000000000002', '44444444-0000-4000-8000-000000000001',
            '55555555-0000-4000-8000-000000000002', NULL, NULL, 'pending', '{}', NULL, '[]', FALSE, 0, FALSE,
            1790000000000005, NULL, NULL, '11111111-0000-4000-8000-000000000001', NULL, NULL);

        INSERT INTO ai_usage_logs (id, workflow_execution_id, activity_name, activity_id, attempt, call_number, provider,
            model, input_tokens, output_tokens, cost_microdollars, response_time_ms, success, confidence_score, tenant_id,
            created_at)
        VALUES ('66666666-0000-4000-8000-000000000001', '55555555-0000-4000-8000-000000000001',
            'ai_summarize_activity', 'run-1/5', 1, 0, 'openai', 'm', 10, 20, 12345, 300, TRUE, 0.75,
            '11111111-0000-4000-8000-000000000001', 1790000000500000);

        INSERT INTO documents (id, tenant_id, digest, size, media_type, filename, created_at)
        VALUES ('77777777-0000-4000-8000-000000000001', '11111111-0000-4000-8000-000000000001',
            '1111111111111111111111111111111111111111111111111111111111111111', 11, 'text/plain', 'a.txt', 1790000000000006);
        """

    private static let second = """
        INSERT INTO execution_steps (execution_id, number, tenant_id, name, kind, activity, status, attempts, started_at,
            completed_at, queue_ms, duration_ms)
        VALUES ('55555555-0000-4000-8000-000000000001', 0, '11111111-0000-4000-8000-000000000001', 'a', 'call',
            'ai_summarize_activity', 'completed', 1, 1790000000000004, 1790000001000004, 3, 1000);

        INSERT INTO execution_tags (execution_id, tag, tenant_id, started_at)
        VALUES ('55555555-0000-4000-8000-000000000001', 'red', '11111111-0000-4000-8000-000000000001', 1790000000000004);

        INSERT INTO audit_log (id, tenant_id, principal_id, actor, action, target, detail, created_at)
        VALUES ('88888888-0000-4000-8000-000000000001', '11111111-0000-4000-8000-000000000001',
            '33333333-0000-4000-8000-000000000001', 'first key', 'secret.set', 'secret/token', '{}', 1790000000000008);

        UPDATE ai_usage_logs SET operation = 'summarize';
        """

    private static let third = """
        UPDATE ai_usage_logs SET template = 'old', template_version = '1.0.0', reserved_microdollars = 20000;

        INSERT INTO execution_enhancements (execution_id, number, tenant_id, point, template, template_version, used,
            cost_microdollars, completed_at)
        VALUES ('55555555-0000-4000-8000-000000000001', 0, '11111111-0000-4000-8000-000000000001', 'summary', 'old',
            '1.0.0', TRUE, 12345, 1790000001000004);
        """

    @Test(arguments: Backend.allCases, [1, 2, 3])
    func rowsOfAnEarlierVersionStay(_ backend: Backend, _ version: Int) async throws {
        try await backend.withTwo { database, _ in
            let earlier = Migration.all.filter { $0.version <= version }
            try #require(earlier.last?.version == version)
            try await Migrator(earlier).migrate(database)
            let rows = try #require(Self.rows[version])
            try await database.write { try $0.script(rows) }
            let applied = try await Migrator().migrate(database)
            #expect(applied == Migration.all.map(\.version).filter { $0 > version })

            let id = try #require(UUID(uuidString: "11111111-0000-4000-8000-000000000001"))
            let tenant = try #require(try await TenantStore(database).get(id))
            #expect(tenant.name == "früh" && tenant.tier == .premium)
            // Keys from before there were roles could do everything, and still can.
            #expect(try await APIKeyStore(database).list(tenant: id).keys.map(\.prefix) == ["wfs_KKKKKK"])
            let roles = try await database.read { connection in
                try connection.query("SELECT role FROM api_keys").map { try $0.get("role", as: Role.self) }
            }
            #expect(roles == [.admin])

            let store = ExecutionStore(database)
            let page = try await store.list(tenant: id)
            #expect(page.executions.map(\.status) == [.pending, .completed])
            let last = try #require(page.executions.last)
            let closed = try #require(try await store.get(last.id, tenant: id))
            #expect(closed.input == ["text": "é"] && closed.output == ["result": 7])
            #expect(closed.summary.template == "old" && closed.summary.latestRunID == "run-2")
            #expect(closed.summary.costMicrodollars == 12345 && closed.summary.costCents == 1)
            #expect(closed.idempotencyKey == "once" && closed.summary.durationMilliseconds == 1000)
            let usage = try await AIUsageStore(database).list(execution: closed.id, tenant: id)
            #expect(usage.map(\.costMicrodollars) == [12345] && usage.first?.confidence == 0.75)
            let definition = try #require(try await DefinitionStore(database).find(name: "old", tenant: id))
            #expect(definition.source == "document: {dsl: 1.0.0} # as written")
            // What was promised before can go on.
            let open = try #require(page.executions.first)
            try await store.markStarted(open.id, runID: "run-9")
            #expect(try await store.get(open.id, tenant: id)?.status == .running)
        }
    }

    /// Every version but the newest has its rows above.
    @Test func noVersionIsForgotten() {
        #expect(Set(Self.rows.keys) == Set(Migration.all.map(\.version).dropLast()))
    }
}
