import Foundation
import JSON
import NIOHTTP1
import Storage
import StoragePostgres
import TestSupport
import Testing
import Worker
import WorkflowDefinition

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A service whose database goes away, and one that goes on from a backup.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct DatabaseOutageTests {
    @Test func databaseThatIsAwayIsToldQuicklyAndNothingIsLost() async throws {
        try await PostgresServer.with { server in
            try await RunningService.with(environment: ["DATABASE_URL": server.url()]) { service in
                let before = try await service.execute(text: "Ada Lovelace wrote notes.").id
                await server.stop()
                for path in ["/executions", "/executions/\(before)", "/templates"] {
                    _ = try? await service.get(path)
                    let began = ContinuousClock.now
                    let answer = try await service.get(path)
                    guard path != "/templates" || answer.status != 200 else { continue }
                    #expect(answer.status == 503, "\(path): \(answer)")
                    #expect(answer.headers.first(name: "Retry-After") != nil)
                    #expect(ContinuousClock.now - began < .seconds(1), "\(path)")
                    #expect(!answer.description.contains(PostgresServer.password))
                }
                #expect(try await service.get("/health").status == 503)
                let refused = try await service.post(
                    "/execute",
                    #"{"template": "document-processing", "input": {"document": {"content_base64": "QQ=="}}}"#)
                #expect(refused.status == 503, "\(refused)")
                try await server.start()
                let closed = try await service.closed(before)
                #expect(closed.executionStatus == "completed", "\(closed)")
                let after = try await service.execute(text: "Ada Lovelace wrote more.", wait: 30)
                let end = try await service.closed(after.id)
                #expect(end.executionStatus == "completed", "\(end)")
            }
        }
    }

    /// Activities that are about to begin wait for it: an AI step does not fall back, and no attempt is used up.
    @Test func databaseThatIsAwayForSecondsCostsNoAttempt() async throws {
        try await PostgresServer.with { server in
            try await RunningService.with(environment: ["DATABASE_URL": server.url()]) { service in
                let database = try PostgresDatabase(url: server.url())
                defer { database.close() }
                let source = """
                    document: { dsl: '1.0.3', namespace: test, name: outlasting, version: '1.0.0' }
                    do:
                      - pause: { wait: { seconds: 3 } }
                      - work:
                          fork:
                            branches:
                              - read:
                                  call: extract_text_activity
                                  with: { document: { content_base64: QSB0ZXh0, media_type: text/plain } }
                              - summarize:
                                  call: ai_summarize_activity
                                  with: { text: Ada Lovelace wrote the notes. }
                                  metadata:
                                    enhancement: { id: summary, tiers: [enterprise], fallback: { value: null } }
                    """
                let definition = try Definition(yaml: source, catalog: .standard)
                _ = try await DefinitionStore(database).upsert(
                    StoredDefinition(
                        name: "outlasting", description: nil, category: "test", version: "1.0.0",
                        definition: definition.source, enhancementPoints: [], source: source, tenantID: .zero,
                        createdBy: .zero))
                let body = #"{"template": "outlasting", "input": {}, "ai_enhanced": true}"#
                let id = try await service.post("/execute", body).id
                await server.stop()
                try await Task.sleep(for: .seconds(12))
                try await server.start()
                let closed = try await service.closed(id)
                #expect(closed.executionStatus == "completed" && closed["fallback_used"] == false, "\(closed)")
                let steps = closed["steps"]?.array?.filter { $0["activity_attempts"] != nil } ?? []
                #expect(steps.count == 2 && steps.allSatisfy { $0["activity_attempts"] == 1 }, "\(closed)")
            }
        }
    }

    @Test func serviceGoesOnFromABackupOfSQLite() async throws {
        try await RunningService.with(environment: ["DATABASE_URL": ""]) { service in
            let id = try await Self.closedExecution(service)
            let copy = service.data.deletingLastPathComponent().appending(path: "copy")
            let made = try await service.command("backup", copy.path, "--data", service.data.path)
            try #require(made.status == 0, "\(made)")
            let again = try await service.command("backup", copy.path, "--data", service.data.path)
            #expect(again.status != 0, "a backup overwrites nothing")
            try await Self.goesOn(copy, ["DATABASE_URL": ""], id, key: service.key)
        }
    }

    @Test func serviceGoesOnFromADumpOfPostgreSQL() async throws {
        try await PostgresServer.with { server in
            try await RunningService.with(environment: ["DATABASE_URL": server.url()]) { service in
                let id = try await Self.closedExecution(service)
                let folder = service.data.deletingLastPathComponent()
                let (dump, copy) = (folder.appending(path: "dump"), folder.appending(path: "copy"))
                let binaries = try #require(PostgresServer.binaries)
                try await PostgresServer.run(
                    ["\(binaries)/pg_dump", "--format=custom", "--file=\(dump.path)", server.url()],
                    output: folder.appending(path: "dump.log"))
                let restored = try await server.makeDatabase()
                try await PostgresServer.run(
                    ["\(binaries)/pg_restore", "--exit-on-error", "--dbname=\(server.url(restored))", dump.path],
                    output: folder.appending(path: "restore.log"))
                let made = try await service.command("backup", copy.path, "--data", service.data.path, "--no-database")
                try #require(made.status == 0, "\(made)")
                try await Self.goesOn(copy, ["DATABASE_URL": server.url(restored)], id, key: service.key)
            }
        }
    }

    private static func closedExecution(_ service: RunningService) async throws -> String {
        let id = try await service.execute(text: "Ada Lovelace wrote notes.").id
        try #require(try await service.closed(id).executionStatus == "completed")
        return id
    }

    /// A service on the copy has the execution, its documents, and runs another.
    private static func goesOn(
        _ data: URL, _ environment: [String: String], _ id: String, key: String
    ) async throws {
        let service = try await RunningService.start(data: data, environment: environment)
        let old = try await service.get("/executions/\(id)", key: key)
        #expect(old.executionStatus == "completed", "\(old)")
        let new = try await service.execute(text: "Ada Lovelace wrote more.", key: key)
        let end = try await service.closed(new.id, key: key)
        #expect(end.executionStatus == "completed", "\(end)")
        service.process.send(SIGTERM)
        try await service.process.waitUntilEnded()
    }
}
