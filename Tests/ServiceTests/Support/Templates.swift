import JSON
import Storage
import Worker
import WorkflowDefinition

/// Makes a template of these tasks that every tenant has.
func installTemplate(_ name: String, _ tasks: String, in database: any Database) async throws {
    let source = """
        document: { dsl: '1.0.3', namespace: test, name: \(name), version: '1.0.0' }
        do:
        \(tasks)
        """
    _ = try await DefinitionStore(database).upsert(
        StoredDefinition(
            name: name, description: nil, category: "test", version: "1.0.0",
            definition: try Definition(yaml: source, catalog: .standard).source, enhancementPoints: [], source: source,
            tenantID: .zero, createdBy: .zero))
}
