import Foundation
import JSON
import Storage
import Templates
import TestSupport
import Testing
import Worker
import WorkflowDefinition

@Suite(.timeLimit(.minutes(1))) struct TemplateRegistryTests {
    private func insert(_ name: String, _ store: DefinitionStore, tenant: UUID) async throws {
        let source = """
            document: { dsl: '1.0.3', namespace: tests, name: \(name), version: '1.0.0' }
            do: [ { one: { set: { x: 1 } } } ]
            """
        let template = try WorkflowTemplate(id: UUID(), tenantID: tenant, source: source, catalog: .standard)
        _ = try await store.upsert(
            StoredDefinition(
                name: name, description: "", category: "tests", version: "1.0.0",
                definition: template.definition.source, enhancementPoints: [], source: source, tenantID: tenant,
                createdBy: tenant))
    }

    @Test func listIsReadOnceUntilADefinitionChanges() async throws {
        let store = DefinitionStore(try await makeTestDatabase())
        let registry = TemplateRegistry(store: store, catalog: .standard)
        let (tenant, other) = (UUID(), UUID())
        try await insert("first", store, tenant: tenant)
        for _ in 0..<3 { #expect(try await registry.templates(for: tenant).map(\.name) == ["first"]) }
        #expect(registry.statistics["template_lists"]?.hits == 2)
        #expect(try await registry.templates(for: other).isEmpty, "lists are each tenant's own")
        try await insert("second", store, tenant: tenant)
        registry.forget()
        #expect(try await registry.templates(for: tenant).map(\.name) == ["first", "second"])
    }

    @Test func templatesWeighWhatTheyTake() async throws {
        let store = DefinitionStore(try await makeTestDatabase())
        let registry = TemplateRegistry(store: store, catalog: .standard)
        let tenant = UUID()
        try await insert("first", store, tenant: tenant)
        let source = try #require(try await registry.template(named: "first", for: tenant)).source
        _ = try await registry.templates(for: tenant)
        for cache in ["definitions", "template_lists", "templates"] {
            #expect(registry.statistics[cache]?.bytes ?? 0 >= source.utf8.count, "\(cache)")
        }
    }
}
