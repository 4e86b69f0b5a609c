import Foundation
import JSON
import Storage
import StorageSQLite
import TestSupport
import Testing

extension Date {
    /// Whole seconds after a fixed moment: what a test compares.
    static func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_790_000_000 + seconds) }
}

extension StoredDefinition {
    static func sample(
        _ name: String = "document-processing", _ version: String = "1.0.0", tenant: UUID = .zero,
        definition: JSONValue = ["document": ["dsl": "1.0.0"]], now: Date = .at(0)
    ) -> StoredDefinition {
        StoredDefinition(
            name: name, description: "Reads a document", category: "documents", version: version,
            definition: definition, enhancementPoints: [["id": "summary"]], source: "# a comment\ndocument: {}\n",
            tenantID: tenant, createdBy: UUID(), now: now
        )
    }
}

extension Database {
    func insertedDefinition(_ name: String = "document-processing") async throws -> UUID {
        try await DefinitionStore(self).upsert(.sample(name)).id
    }

    func accepted(_ tenant: UUID = UUID(), definition: UUID? = nil, at date: Date = .at(0)) async throws -> Execution {
        let definition = if let definition { definition } else { try await insertedDefinition() }
        return try await ExecutionStore(self).insert(
            NewExecution(tenantID: tenant, definitionID: definition, input: ["a": 1], aiEnhanced: true, startedAt: date)
        ).execution
    }
}

/// The code of the StorageError that `body` throws; nil records an issue.
func storageError(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> StorageError.Code? {
    do {
        try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as StorageError {
        return error.code
    } catch {
        Issue.record("threw \(error)", sourceLocation: sourceLocation)
    }
    return nil
}
