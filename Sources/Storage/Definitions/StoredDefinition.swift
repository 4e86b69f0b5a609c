package import Foundation
package import JSON

/// A row of `workflow_definitions`: one version of a template.
package struct StoredDefinition: Sendable, Hashable {
    package var id: UUID
    package var name: String
    package var description: String?
    package var category: String
    package var version: String
    package var definition: JSONValue
    package var enhancementPoints: JSONValue
    /// The text as its author wrote it, YAML or JSON: order and comments survive.
    package var source: String
    /// SHA-256 of the definition's canonical JSON, 64 hexadecimal digits.
    package var digest: String
    /// `UUID.zero` for built-in ones.
    package var tenantID: UUID
    package var createdBy: UUID
    package var createdAt: Date
    package var updatedAt: Date

    /// The digest is taken from the definition.
    package init(
        id: UUID = UUID(), name: String, description: String?, category: String, version: String, definition: JSONValue,
        enhancementPoints: JSONValue, source: String, tenantID: UUID, createdBy: UUID, now: Date = Date()
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.category = category
        self.version = version
        self.definition = definition
        self.enhancementPoints = enhancementPoints
        self.source = source
        digest = ContentDigest(of: definition.canonicalBytes()).rawValue
        self.tenantID = tenantID
        self.createdBy = createdBy
        createdAt = now
        updatedAt = now
    }

    package var isBuiltIn: Bool { tenantID == .zero }
}

extension StoredDefinition {
    init(_ row: Row) throws(StorageError) {
        id = try row.get("id")
        name = try row.get("name")
        description = try row.optional("description")
        category = try row.get("category")
        version = try row.get("version")
        definition = try row.get("definition")
        enhancementPoints = try row.get("ai_enhancement_points")
        source = try row.get("source")
        digest = try row.get("digest")
        tenantID = try row.get("tenant_id")
        createdBy = try row.get("created_by")
        createdAt = try row.get("created_at")
        updatedAt = try row.get("updated_at")
    }
}
