import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct RetentionTests {
    private func with(
        _ backend: Backend,
        _ body: (any Database, RetentionStore, HistoryArchive, PayloadStore, URL) async throws -> Void
    ) async throws {
        try await backend.with { database in
            try await withTemporaryFolder { folder in
                let histories = try HistoryArchive(folder: folder.appendingPathComponent("histories"))
                let payloads = try PayloadStore(folder: folder.appendingPathComponent("payloads"))
                let store = RetentionStore(database, histories: histories, payloads: payloads)
                try await body(database, store, histories, payloads, folder)
            }
        }
    }

    @Test(arguments: Backend.allCases)
    func closedExecutionsGoWithAllThatHangsOnThemAndTheLedgerStays(backend: Backend) async throws {
        try await with(backend) { database, store, histories, _, _ in
            let tenant = UUID()
            let executions = ExecutionStore(database)
            func closed(at date: Date) async throws -> UUID {
                let row = try await database.accepted(tenant, at: date)
                #expect(
                    try await executions.close(
                        row.id, runID: "run-\(row.id)", ExecutionOutcome(status: .completed, completedAt: date)))
                return row.id
            }
            let old = try await closed(at: .at(0))
            let young = try await closed(at: .at(200))
            let open = try await database.accepted(tenant, at: .at(0)).id
            let digest = try await histories.put(Array("old".utf8), tenant: tenant)
            let shared = try await histories.put(Array("shared".utf8), tenant: tenant)
            let usage = AIUsageStore(database)
            try await database.write { connection in
                for (execution, digest) in [(old, digest), (old, shared), (young, shared)] {
                    try connection.execute(
                        """
                        INSERT INTO execution_histories (execution_id, run_id, tenant_id, digest, size, events, archived_at)
                        VALUES (?, ?, ?, ?, 3, 1, ?)
                        """, [execution, digest.rawValue, tenant, digest, Date.at(0)])
                }
                for execution in [old, young] {
                    try connection.execute(
                        "INSERT INTO execution_tags (execution_id, tag, tenant_id, started_at) VALUES (?, 't', ?, ?)",
                        [execution, tenant, Date.at(0)])
                    try connection.execute(
                        """
                        INSERT INTO execution_logs (execution_id, tenant_id, logged_at, level, message)
                        VALUES (?, ?, ?, 2, 'm')
                        """, [execution, tenant, Date.at(0)])
                }
            }
            try await usage.record(
                UsageRecord(
                    tenantID: tenant, executionID: old, activityName: "a", activityID: "r/1", provider: "p", model: "m",
                    costMicrodollars: 7, success: true, createdAt: .at(0)))

            #expect(try await store.removeExecutions(closedBefore: .at(100)) == 1)
            #expect(try await store.removeExecutions(closedBefore: .at(100)) == 0)
            #expect(try await executions.get(old) == nil)
            #expect(try await executions.get(young) != nil)
            #expect(try await executions.get(open) != nil)
            for table in ["execution_tags", "execution_logs", "execution_histories"] {
                let rows = try await database.read { try $0.query("SELECT execution_id FROM \(table)") }
                #expect(try rows.map { try $0.get("execution_id", as: UUID.self) } == [young], "\(table)")
            }
            #expect(await storageError { _ = try await histories.get(digest, tenant: tenant) } == .notFound)
            #expect(try await histories.get(shared, tenant: tenant) == Data("shared".utf8))
            #expect(try await usage.cost(tenant: tenant, from: .at(-1), to: .at(1)) == 7)
            #expect(try await store.remove(.usage, before: .at(1)) == 1)
        }
    }

    @Test(arguments: Backend.allCases)
    func batchesAreBoundedAndGoOldestFirst(backend: Backend) async throws {
        try await with(backend) { database, store, _, _, _ in
            let log = AuditLog(database)
            try await database.write { connection in
                for number in 0..<RetentionStore.batch + 7 {
                    try AuditLog.record(
                        .keyCreated, by: .service, tenant: .zero, now: .at(Double(number)), in: connection)
                }
            }
            #expect(try await store.remove(.audit, before: .at(100_000)) == RetentionStore.batch)
            let left = try await log.list(tenant: .zero).entries
            #expect(left.count == 7 && left.allSatisfy { $0.createdAt >= .at(Double(RetentionStore.batch)) })
            #expect(try await store.remove(.audit, before: .at(100_000)) == 7)
            #expect(try await store.remove(.audit, before: .at(100_000)) == 0)
        }
    }

    @Test(arguments: Backend.allCases)
    func deliveriesGoWhenTheyAreDoneAndLogsByAge(backend: Backend) async throws {
        try await with(backend) { database, store, _, _, _ in
            let tenant = try await TenantStore(database).create(name: "t-\(UUID())", tier: .basic).id
            let webhooks = WebhookStore(database, box: try SecretBox(parsing: SecretBox.makeKeyLine(id: "k")))
            let webhook = try await webhooks.create(
                tenant: tenant, url: "https://example.com", description: "", events: [], by: UUID()
            ).webhook.id
            for _ in 0..<2 { _ = try await webhooks.enqueueTest(webhook, tenant: tenant, now: .at(0)) }
            let claimed = try #require(
                try await webhooks.claim(of: webhook, limit: 1, visibility: .seconds(1), now: .at(0)).first)
            try await webhooks.settle(
                claimed, WebhookAttempt(number: 1, attemptedAt: .at(0), duration: .zero, responseStatus: 200),
                next: nil, patience: .seconds(1))
            #expect(try await store.remove(.deliveries, before: .at(10)) == 1)
            #expect(try await webhooks.deliveries(of: webhook, tenant: tenant).deliveries.map(\.status) == [.pending])
            try await database.write { connection in
                for second in [0.0, 50] {
                    try connection.execute(
                        """
                        INSERT INTO execution_logs (execution_id, tenant_id, logged_at, level, message)
                        VALUES (?, ?, ?, 2, 'm')
                        """, [UUID(), tenant, Date.at(second)])
                }
            }
            #expect(try await store.remove(.executionLogs, before: .at(10)) == 1)
        }
    }

    @Test(arguments: Backend.allCases)
    func forgottenIdempotencyKeyStartsAnotherExecution(backend: Backend) async throws {
        try await with(backend) { database, store, _, _, _ in
            let definition = try await database.insertedDefinition()
            let executions = ExecutionStore(database)
            func insert(at date: Date) async throws -> Bool {
                try await executions.insert(
                    NewExecution(
                        tenantID: .zero, definitionID: definition, input: [:], aiEnhanced: false,
                        idempotencyKey: "once", startedAt: date)
                ).isNew
            }
            #expect(try await insert(at: .at(0)))
            #expect(try await !insert(at: .at(50)))
            #expect(try await store.forgetIdempotencyKeys(acceptedBefore: .at(10)) == 1)
            #expect(try await insert(at: .at(60)))
            #expect(try await store.forgetIdempotencyKeys(acceptedBefore: .at(10)) == 0)
        }
    }

    @Test(arguments: Backend.allCases)
    func payloadsGoWhenNothingCanNameThemAnyMore(backend: Backend) async throws {
        try await with(backend) { database, store, _, payloads, folder in
            let old = try await payloads.put(Array("old".utf8), scope: "space")
            let again = try await payloads.put(Array("again".utf8), scope: "space")
            try age(old, again, in: folder, to: Date(timeIntervalSinceNow: -10 * 86_400))
            // Put again: used now.
            #expect(try await payloads.put(Array("again".utf8), scope: "space") == again)
            let limit = Date(timeIntervalSinceNow: -5 * 86_400)

            // An execution is open that began before the payload was last used.
            let open = try await database.accepted(at: Date(timeIntervalSinceNow: -10 * 86_400))
            #expect(try await store.removePayloads(unusedSince: limit) == 0)
            _ = try await ExecutionStore(database).close(open.id, runID: "r", ExecutionOutcome(status: .completed))

            // So does a schedule whose input lies in a file.
            let tenant = try await TenantStore(database).create(name: "t-\(UUID())", tier: .basic).id
            let schedules = ScheduleStore(database)
            let large = JSONValue.string(String(repeating: "x", count: 100_000))
            let schedule = try await schedules.insert(
                NewSchedule(tenantID: tenant, name: "s", template: "t", input: large, spec: [:], createdBy: UUID()),
                now: Date(timeIntervalSinceNow: -10 * 86_400))
            #expect(try await store.removePayloads(unusedSince: limit) == 0)
            try await schedules.remove(schedule.id)

            #expect(try await store.removePayloads(unusedSince: limit) == 1)
            #expect(await storageError { _ = try await payloads.get(old, scope: "space") } == .notFound)
            #expect(try await payloads.get(again, scope: "space") == Array("again".utf8))
        }
    }
}

/// As if they had been put then.
private func age(_ digests: ContentDigest..., in folder: URL, to date: Date) throws {
    for digest in digests {
        let file = folder.appendingPathComponent("payloads/space/\(digest.rawValue.prefix(2))/\(digest.rawValue)")
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: file.path)
    }
}
