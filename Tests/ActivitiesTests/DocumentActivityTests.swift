import AI
import Activities
import AsyncHTTPClient
import Foundation
import JSON
import Logging
import Storage
import TestSupport
import Testing

@Suite struct DocumentActivityTests {
    private struct Store {
        let documents: DocumentStore
        let database: any Database
        let usage: AIUsageStore
        let executions: ExecutionStore
        let tenant: UUID
        let execution: UUID
        let folder: URL

        func context(activity: String = "run/1", attempt: Int = 1, tenant other: UUID? = nil) -> ActivityContext {
            ActivityContext(
                tenantID: other ?? tenant, tier: "enterprise", executionID: execution, activityID: activity,
                attempt: attempt)
        }

        func upload(_ text: String, filename: String?) async throws -> Document {
            try await documents.put(
                Chunks([Data(text.utf8)]), tenant: tenant, mediaType: "text/plain", filename: filename)
        }
    }

    private struct Chunks: AsyncSequence, Sendable {
        let items: [Data]
        init(_ items: [Data]) { self.items = items }
        struct AsyncIterator: AsyncIteratorProtocol {
            var items: ArraySlice<Data>
            mutating func next() async -> Data? { items.popFirst() }
        }
        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(items: items[...]) }
    }

    private func withStore(_ body: @Sendable (Store) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let database = try await makeTestDatabase()
            let tenant = try await TenantStore(database).create(name: "t", tier: .enterprise).id
            let definition = try await DefinitionStore(database).upsert(
                StoredDefinition(
                    name: "n", description: nil, category: "c", version: "1.0.0", definition: [:],
                    enhancementPoints: [],
                    source: "{}", tenantID: .zero, createdBy: .zero))
            let executions = ExecutionStore(database)
            let row = try await executions.insert(
                NewExecution(tenantID: tenant, definitionID: definition.id, input: nil, aiEnhanced: true)
            ).execution
            return try await body(
                Store(
                    documents: try DocumentStore(database, folder: folder.appendingPathComponent("documents")),
                    database: database, usage: AIUsageStore(database), executions: executions, tenant: tenant,
                    execution: row.id,
                    folder: folder))
        }
    }

    @Test func uploadedAndInlineDocumentsAreRead() async throws {
        try await withStore { store in
            let activity = ExtractTextActivity(documents: store.documents)
            let document = try await store.upload("Grüße an alle\n", filename: "a.txt")
            let read = try await activity.run(["document": ["id": .string(document.id.uuidString)]], store.context())
            #expect(read == ["text": "Grüße an alle\n", "media_type": "text/plain", "characters": 14, "words": 3])
            let inline: JSONValue = ["content_base64": "IyBIaQ==", "filename": "x.md"]
            let markdown = try await activity.run(["document": inline], store.context())
            #expect(markdown["text"] == "# Hi" && markdown["media_type"] == "text/markdown")
        }
    }

    @Test func anotherTenantsDocumentIsUnknown() async throws {
        try await withStore { store in
            let document = try await store.upload("secret", filename: nil)
            let error = await #expect(throws: ActivityError.self) {
                try await ExtractTextActivity(documents: store.documents).run(
                    ["document": ["id": .string(document.id.uuidString)]], store.context(tenant: UUID()))
            }
            #expect(error?.type == "validation" && error?.detail.contains("there is no document") == true)
        }
    }

    @Test func invalidBase64IsRefused() async throws {
        try await withStore { store in
            await #expect(throws: ActivityError.self) {
                try await ExtractTextActivity(documents: store.documents).run(
                    ["document": ["content_base64": "%%%"]], store.context())
            }
        }
    }

    @Test func repeatedAttemptStoresTheDocumentOnce() async throws {
        try await withStore { store in
            let activity = StoreProcessedDocumentActivity(documents: store.documents)
            let input: JSONValue = ["document": ["id": "d"], "text": "t", "ai_results": ["summary": "s"]]
            let first = try await activity.run(input, store.context())
            let second = try await activity.run(input, store.context(attempt: 2))
            #expect(first == second)
            let other = try await activity.run(input, store.context(activity: "run/2"))
            #expect(other["processed_document"]?["id"] != first["processed_document"]?["id"])
            let id = try #require(first["processed_document"]?["id"]?.string.flatMap(UUID.init(uuidString:)))
            let stored = try #require(try await store.documents.open(id, tenant: store.tenant))
            let content = try JSONValue(parsing: [UInt8](try Data(contentsOf: stored.file)))
            #expect(content["text"] == "t" && content["ai_results"] == ["summary": "s"])
        }
    }

    @Test func aiActivitiesAnswerAndAreRecorded() async throws {
        try await withStore { store in
            let service = try AIService(
                configuration: try AIConfiguration(environment: [:]), client: .shared, database: store.database,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let text: JSONValue =
                "Invoice 7. Total due: $10.00. Please pay within 30 days. Contact billing@shop.example."
            let summary = try await AIActivity.summarize(service).run(["text": text, "max_words": 8], store.context())
            #expect(summary["summary"]?.string?.isEmpty == false && summary["model"] == "local")
            let entities = try await AIActivity.extractEntities(service).run(
                ["text": text], store.context(activity: "run/2"))
            #expect(entities["entities"]?.array?.contains { $0["text"] == "billing@shop.example" } == true)
            let category = try await AIActivity.classifyContent(service).run(
                ["text": text, "categories": ["Contract", "Invoice"]], store.context(activity: "run/3"))
            #expect(category["category"] == "Invoice")
            let rows = try await store.usage.list(execution: store.execution, tenant: store.tenant)
            #expect(Set(rows.map(\.activityID)) == ["run/1", "run/2", "run/3"])
            #expect(rows.allSatisfy { $0.success && $0.costMicrodollars == 0 })
        }
    }

    @Test func aiErrorsKeepTheirReason() async throws {
        try await withStore { store in
            let service = try AIService(
                configuration: try AIConfiguration(environment: [:]), client: .shared, database: store.database,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            var context = store.context()
            context.tier = "basic"
            let basic = context
            let error = await #expect(throws: ActivityError.self) {
                try await AIActivity.summarize(service).run(["text": "Hello there."], basic)
            }
            #expect(error?.type == "not_entitled" && error?.isRetryable == false)
        }
    }
}
