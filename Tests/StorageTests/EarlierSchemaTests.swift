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

        UPDATE tenants SET limits = '{"concurrent_executions":7}';

        UPDATE workflow_executions SET priority = 2, tags = '["red"]', request_id = 'request-1', first_task_at = 1790000000000005,
            schedule_id = '99999999-0000-4000-8000-000000000003' WHERE completed_at IS NOT NULL;

        INSERT INTO execution_histories (execution_id, run_id, tenant_id, digest, size, events, archived_at)
        VALUES ('55555555-0000-4000-8000-000000000001', 'run-2', '11111111-0000-4000-8000-000000000001',
            '2222222222222222222222222222222222222222222222222222222222222222', 4321, 17, 1790000002000000);

        INSERT INTO execution_logs (execution_id, tenant_id, logged_at, level, message, fields)
        VALUES ('55555555-0000-4000-8000-000000000001', '11111111-0000-4000-8000-000000000001', 1790000000600000, 2,
            'The step began', '{"step":"a"}');

        INSERT INTO secrets (tenant_id, name, key_id, ciphertext, created_by, created_at, updated_at)
        VALUES ('11111111-0000-4000-8000-000000000001', 'token', 'k1',
            X'01026b31000102030405060708090a0b2263a477bcc5b47ae134f25c645e3a646df3156ee50438d6ae06b5',
            '33333333-0000-4000-8000-000000000001', 1790000000000009, 1790000000000009);

        INSERT INTO webhooks (id, tenant_id, url, description, events, key_id, secret, failing_since, created_by, created_at,
            updated_at)
        VALUES ('99999999-0000-4000-8000-000000000001', '11111111-0000-4000-8000-000000000001', 'https://example.com/h',
            'ours', '["execution.completed"]', 'k1',
            X'01026b310c0d0e0f1011121314151617d8bf2b9b3b33ba147f63029eddc668a80552bfbda2286dfdc3fba0bbb8fd9ea5b60813054ce8d343d9b4cc3432940aa1',
            1790000001500000, '33333333-0000-4000-8000-000000000001', 1790000000000010, 1790000000000010);

        INSERT INTO webhook_deliveries (id, webhook_id, tenant_id, execution_id, event, payload, status, attempts,
            next_attempt_at, created_at)
        VALUES ('99999999-0000-4000-8000-000000000002', '99999999-0000-4000-8000-000000000001',
            '11111111-0000-4000-8000-000000000001', '55555555-0000-4000-8000-000000000001', 'execution.completed',
            '{"type":"execution.completed"}', 'pending', 1, 1790000003000000, 1790000001000004);

        INSERT INTO webhook_attempts (delivery_id, number, attempted_at, duration_ms, response_status, response_body, error)
        VALUES ('99999999-0000-4000-8000-000000000002', 1, 1790000001500000, 12, 503, 'later', 'status 503');

        INSERT INTO schedules (id, tenant_id, name, template, template_version, input, ai_enhanced, tags, spec, status,
            created_by, created_at, updated_at)
        VALUES ('99999999-0000-4000-8000-000000000003', '11111111-0000-4000-8000-000000000001', 'nightly', 'old', NULL,
            '{"text":"é"}', TRUE, '["red"]', '{"crons":["0 3 * * *"]}', 'active',
            '33333333-0000-4000-8000-000000000001', 1790000000000011, 1790000000000011);
        """

    private static let third = """
        UPDATE ai_usage_logs SET template = 'old', template_version = '1.0.0', reserved_microdollars = 20000;

        INSERT INTO execution_enhancements (execution_id, number, tenant_id, point, template, template_version, used,
            cost_microdollars, completed_at)
        VALUES ('55555555-0000-4000-8000-000000000001', 0, '11111111-0000-4000-8000-000000000001', 'summary', 'old',
            '1.0.0', TRUE, 12345, 1790000001000004);
        """

    /// The key under which version 2's secrets lie above.
    private static let box = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    @Test(arguments: Backend.allCases, [1, 2, 3])
    func rowsOfAnEarlierVersionStay(_ backend: Backend, _ version: Int) async throws {
        try await backend.withTwo { database, _ in
            let earlier = Migration.all.filter { $0.version <= version }
            try #require(earlier.last?.version == version)
            try await Migrator(earlier).migrate(database)
            let rows = try #require(Self.rows[version])
            // The one spelling of bytes that the databases do not share.
            let script = backend == .postgresql ? rows.replacing("X'", with: "'\\x") : rows
            try await database.write { try $0.script(script) }
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
            if version >= 2 { try await Self.expectWhatVersion2Wrote(database, tenant: id, closed: closed) }
        }
    }

    private static func expectWhatVersion2Wrote(
        _ database: any Database, tenant id: UUID, closed: Execution
    ) async throws {
        #expect(try await TenantStore(database).get(id)?.limits.concurrentExecutions == 7)
        #expect(closed.summary.priority == 2 && closed.summary.tags == ["red"] && closed.requestID == "request-1")
        let histories = try await ExecutionStore(database).histories(of: closed.id, tenant: id)
        #expect(histories.map(\.runID) == ["run-2"] && histories.first?.events == 17)
        let logs = try await ExecutionLogStore(database).list(execution: closed.id, tenant: id, limit: 10)
        #expect(logs.map(\.message) == ["The step began"] && logs.first?.fields == ["step": "a"])
        let box = try SecretBox(parsing: Self.box)
        #expect(try await SecretStore(database, box: box).values(of: ["token"], tenant: id) == ["token": "early value"])
        let audited = try await AuditLog(database).list(tenant: id).entries
        #expect(audited.map(\.action) == [.secretSet])

        let webhooks = WebhookStore(database, box: box)
        let webhook = try #require(try await webhooks.list(tenant: id).first)
        #expect(webhook.url == "https://example.com/h" && webhook.events == [.completed] && webhook.failingSince != nil)
        let deliveries = try await webhooks.deliveries(of: webhook.id, tenant: id).deliveries
        #expect(deliveries.map(\.status) == [.pending] && deliveries.first?.executionID == closed.id)
        let attempts = try await webhooks.attempts(of: deliveries.map(\.id)).values.joined()
        #expect(attempts.map(\.responseStatus) == [503])
        // What waited to be sent again is sent, signed with the key of before.
        let claimed = try await webhooks.claim(of: webhook.id, limit: 10, visibility: .seconds(60))
        #expect(claimed.map(\.attempt) == [2] && claimed.first?.keys == [Array(64..<96)])

        let schedules = ScheduleStore(database)
        let nightly = try #require(try await schedules.get("nightly", tenant: id))
        #expect(nightly.status == .active && nightly.aiEnhanced && nightly.input == ["text": "é"])
        #expect(nightly.spec == ["crons": ["0 3 * * *"]] && nightly.tags == ["red"])
        #expect(try await schedules.executions(of: nightly.id, tenant: id, limit: 10).map(\.id) == [closed.id])
    }

    /// SHA-256 of each version's script, never to be changed: a database that has run it refuses another text.
    private static let digests: [Dialect: [String]] = [
        .sqlite: [
            "43418cffb77588d5f5092f8c55fd0a3107705b2172b76285ab7575c5dc97fdcf",
            "30bfa0b1fab3086cf9c40c793bba6e2ab718c7cc934f9d7e37b903c174bb07a4",
            "901b51ab2673bd415edcaf0800f0568e1567ac31fbce720cbba7aaaa309d4894",
            "8708e6c21e3e89cb5acfa3ac1b76c7c8b0f8bf72f7e4fad4a96b9f358a1020d5",
        ],
        .postgresql: [
            "6be32827470568e380fbc481c579e4c62c2f1a16a12887634ca88343ae330efd",
            "eed66697a40af9cd0240b41df08c5dd909cff32ce373e70e85aba8fa04f1b725",
            "3a1a76b8dd93f5baffe68d1c078275baf93abb8b4da3f6d27be6522c1503d2f6",
            "13d888a62627a952c1f2945d891b91fa744a7f737a601289aa63cc3a47bb57c6",
        ],
    ]

    @Test(arguments: [Backend.memory, .postgresql])
    func migrationsAreNeverEditedInPlace(_ backend: Backend) async throws {
        try await backend.with { database in
            let applied = try await database.read { connection in
                try connection.query("SELECT digest FROM schema_migrations ORDER BY version").map {
                    try $0.get("digest", as: String.self)
                }
            }
            #expect(applied == Self.digests[backend.dialect])
        }
    }

    /// Every version but the newest has its rows above.
    @Test func noVersionIsForgotten() {
        #expect(Set(Self.rows.keys) == Set(Migration.all.map(\.version).dropLast()))
    }
}
