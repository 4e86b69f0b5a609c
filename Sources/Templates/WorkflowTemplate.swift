package import Foundation
package import JSON
import Storage
package import WorkflowDefinition

/// A workflow that tenants execute by name: a definition, and what people and the API need to know of it.
///
/// All of it is derived from the definition, the one source of truth: the parameters are `input.schema`, the category is
/// `document.metadata.category`, the enhancement points come from a scan of the tasks.
package struct WorkflowTemplate: Sendable {
    package var id: UUID
    /// The owner; `UUID.zero` for the standard templates, which every tenant sees.
    package var tenantID: UUID
    package var name: String
    package var version: String
    package var title: String
    package var description: String
    package var category: String
    /// JSON Schema of the input.
    package var parameters: JSONValue
    package var enhancementPoints: [EnhancementPoint]
    package var definition: Definition
    /// SHA-256 over the definition's canonical JSON, lower-case hex.
    package var digest: String
    /// The YAML or JSON text as its author wrote it.
    package var source: String

    /// - Throws: `InvalidDefinition` with every diagnostic.
    package init(
        id: UUID, tenantID: UUID, source: String, catalog: FunctionCatalog
    ) throws(InvalidDefinition) {
        let definition = try Definition(yaml: source, catalog: catalog)
        let document = definition.document
        self.id = id
        self.tenantID = tenantID
        self.name = document.name
        self.version = document.version
        self.title = document.title ?? document.name
        self.description = document.summary ?? ""
        self.category = document.metadata["category"]?.string ?? "custom"
        self.parameters = definition.source["input"]?["schema"]?["document"] ?? ["type": "object"]
        self.enhancementPoints = definition.enhancementPoints
        self.definition = definition
        self.digest = ContentDigest(of: definition.source.canonicalBytes()).rawValue
        self.source = source
    }
}

extension EnhancementPoint {
    package var json: JSONValue {
        [
            "id": .string(id), "task": .string(task), "position": .string(position.description),
            "tiers": .array(tiers.map { .string($0) }), "fallback": .string(fallback.rawValue),
            "functions": .array(calls.map { .string($0) }),
        ]
    }
}
