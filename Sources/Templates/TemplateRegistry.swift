package import Foundation
import JSON
package import Storage
import Synchronization
package import WorkflowDefinition

/// The templates that a tenant can execute: its own and the standard ones.
///
/// Loaded templates are kept by digest (a `Mutex`: every request reads them); a row that changed has another digest.
package final class TemplateRegistry: Sendable {
    private let store: DefinitionStore
    private let catalog: FunctionCatalog
    private let loaded = Mutex<[String: WorkflowTemplate]>([:])

    package init(store: DefinitionStore, catalog: FunctionCatalog) {
        self.store = store
        self.catalog = catalog
    }

    /// Makes the standard templates known in the database; the same again changes nothing.
    ///
    /// - Throws: `InvalidDefinition` when a template that we ship does not load, `StorageError`.
    package func installStandardTemplates() async throws {
        for source in StandardTemplates.sources {
            let template = try WorkflowTemplate(id: UUID(), tenantID: .zero, source: source, catalog: catalog)
            _ = try await store.upsert(
                StoredDefinition(
                    name: template.name, description: template.description, category: template.category,
                    version: template.version, definition: template.definition.source,
                    enhancementPoints: .array(template.enhancementPoints.map(\.json)), source: source, tenantID: .zero,
                    createdBy: .zero
                )
            )
        }
    }

    /// The version asked for, or the highest; nil where the tenant sees none.
    package func template(named name: String, version: String? = nil, for tenant: UUID) async throws
        -> WorkflowTemplate?
    {
        try await store.find(name: name, version: version, tenant: tenant).map(template)
    }

    package func template(id: UUID, for tenant: UUID) async throws -> WorkflowTemplate? {
        try await store.get(id, tenant: tenant).map(template)
    }

    /// Every version that the tenant sees, by name, the newest version first.
    package func templates(for tenant: UUID) async throws -> [WorkflowTemplate] {
        try await store.list(tenant: tenant).map(template)
    }

    private func template(_ row: StoredDefinition) throws -> WorkflowTemplate {
        let key = "\(row.id)/\(row.digest)"
        if let template = loaded.withLock({ $0[key] }) { return template }
        let template = try WorkflowTemplate(id: row.id, tenantID: row.tenantID, source: row.source, catalog: catalog)
        loaded.withLock {
            if $0.count >= Self.capacity { $0.removeAll(keepingCapacity: true) }
            $0[key] = template
        }
        return template
    }

    private static let capacity = 1000
}

/// The YAML files of `Standard/`, embedded in the program.
enum StandardTemplates {
    static let sources: [String] = [PackageResources.document_processing_yaml].map {
        String(decoding: $0, as: UTF8.self)
    }
}
