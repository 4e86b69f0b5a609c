package import Foundation
import JSON
package import Storage
package import WorkflowDefinition

/// The templates that a tenant can execute: its own and the standard ones.
///
/// Three caches: `definitions` answers which template a tenant means and `template_lists` which ones it sees, until any process
/// changes a definition or a minute has passed; `templates` keeps what was loaded by digest, shared by all tenants: a row that
/// changed has another.
package final class TemplateRegistry: Sendable {
    private enum Query: Hashable, Sendable {
        case name(String, version: String?, tenant: UUID)
        case id(UUID, tenant: UUID)
    }

    private let store: DefinitionStore
    private let catalog: FunctionCatalog
    private let found = Cache<Query, WorkflowTemplate>(
        "definitions", limits: .init(entries: 5000, bytes: 64 << 20), size: { $0.bytes })
    private let lists = Cache<UUID, [WorkflowTemplate]>(
        "template_lists", limits: .init(bytes: 64 << 20), size: { $0.reduce(0) { $0 + $1.bytes } })
    private let loaded = Cache<String, WorkflowTemplate>(
        "templates", limits: .init(bytes: 64 << 20, age: .seconds(86_400)), size: { $0.bytes })

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
        forget()
    }

    /// The version asked for, or the highest; nil where the tenant sees none.
    package func template(named name: String, version: String? = nil, for tenant: UUID) async throws
        -> WorkflowTemplate?
    {
        try await found.value(.name(name, version: version, tenant: tenant)) { [self] in
            guard let row = try await store.find(name: name, version: version, tenant: tenant) else { return nil }
            return try await template(row)
        }
    }

    package func template(id: UUID, for tenant: UUID) async throws -> WorkflowTemplate? {
        try await found.value(.id(id, tenant: tenant)) { [self] in
            guard let row = try await store.get(id, tenant: tenant) else { return nil }
            return try await template(row)
        }
    }

    /// After a change of definitions, in whatever process.
    package func forget() {
        found.removeAll()
        lists.removeAll()
    }

    package var statistics: [String: CacheStatistics] {
        ["definitions": found.statistics, "template_lists": lists.statistics, "templates": loaded.statistics]
    }

    /// Every version that the tenant sees, by name, the newest version first.
    package func templates(for tenant: UUID) async throws -> [WorkflowTemplate] {
        try await lists.value(tenant) { [self] in
            var templates: [WorkflowTemplate] = []
            for row in try await store.list(tenant: tenant) { templates.append(try await template(row)) }
            return templates
        } ?? []
    }

    private func template(_ row: StoredDefinition) async throws -> WorkflowTemplate {
        let template = try await loaded.value("\(row.id)/\(row.digest)") { [catalog] in
            try WorkflowTemplate(id: row.id, tenantID: row.tenantID, source: row.source, catalog: catalog)
        }
        guard let template else { throw StorageError(.internal, "The template was not loaded.") }
        return template
    }
}

extension WorkflowTemplate {
    /// About what it takes in memory: the parsed forms beside the text.
    fileprivate var bytes: Int { source.utf8.count * 10 }
}

/// The YAML files of `Standard/`, embedded in the program.
enum StandardTemplates {
    static let sources: [String] = [PackageResources.document_processing_yaml].map {
        String(decoding: $0, as: UTF8.self)
    }
}
