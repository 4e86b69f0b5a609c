package import Foundation

/// Templates: the built-in ones, which every tenant sees, and each tenant's own.
package struct DefinitionStore: Sendable {
    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// Adds the definition, or updates the row of the same name, version and tenant when its text changed; that row
    /// keeps its id, author and creation time. Returns the row as it stands.
    ///
    /// Running workflows are not touched: each carries its definition in its input.
    package func upsert(_ definition: StoredDefinition) async throws -> StoredDefinition {
        try await database.write { connection in
            let changed = try connection.execute(
                """
                INSERT INTO workflow_definitions (id, name, description, category, version, definition,
                    ai_enhancement_points, source, digest, tenant_id, created_by, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (name, version, tenant_id) DO UPDATE SET
                    description = excluded.description, category = excluded.category,
                    definition = excluded.definition, ai_enhancement_points = excluded.ai_enhancement_points,
                    source = excluded.source, digest = excluded.digest, updated_at = excluded.updated_at
                WHERE workflow_definitions.digest <> excluded.digest OR workflow_definitions.source <> excluded.source
                """,
                [
                    definition.id, definition.name, definition.description, definition.category, definition.version,
                    definition.definition, definition.enhancementPoints, definition.source, definition.digest,
                    definition.tenantID, definition.createdBy, definition.createdAt, definition.updatedAt,
                ]
            )
            if changed > 0 { try connection.notify(.definitions, definition.name) }
            let rows = try connection.query(
                "SELECT * FROM workflow_definitions WHERE name = ? AND version = ? AND tenant_id = ?",
                [definition.name, definition.version, definition.tenantID]
            )
            guard let row = rows.first else { throw StorageError(.internal, "The definition was not stored.") }
            return try StoredDefinition(row)
        }
    }

    /// The tenant's own template of that name, else the built-in one.
    ///
    /// Without a version, the highest by Semantic Versioning; a pre-release only when there is no release.
    package func find(name: String, version: String? = nil, tenant: UUID) async throws -> StoredDefinition? {
        try await database.read { connection in
            let rows = try connection.query(
                "SELECT id, version, tenant_id FROM workflow_definitions WHERE name = ? AND tenant_id IN (?, ?)",
                [name, tenant, UUID.zero]
            )
            var candidates: [(id: UUID, version: String, isOwn: Bool)] = []
            for row in rows {
                let candidate = (
                    id: try row.get("id", as: UUID.self), version: try row.get("version", as: String.self),
                    isOwn: try row.get("tenant_id", as: UUID.self) == tenant
                )
                if version == nil || version == candidate.version { candidates.append(candidate) }
            }
            let own = candidates.filter(\.isOwn)
            let newest = (own.isEmpty ? candidates : own).max { Self.precedes($0.version, $1.version) }
            guard let newest else { return nil }
            return try Self.get(newest.id, connection)
        }
    }

    package func get(_ id: UUID, tenant: UUID) async throws -> StoredDefinition? {
        let found = try await database.read { try Self.get(id, $0) }
        return found.flatMap { $0.tenantID == tenant || $0.isBuiltIn ? $0 : nil }
    }

    /// All versions that the tenant sees, by name, the newest version first.
    package func list(tenant: UUID) async throws -> [StoredDefinition] {
        let all = try await database.read { connection in
            try connection.query("SELECT * FROM workflow_definitions WHERE tenant_id IN (?, ?)", [tenant, UUID.zero])
                .map { try StoredDefinition($0) }
        }
        return all.sorted { $0.name == $1.name ? Self.precedes($1.version, $0.version) : $0.name < $1.name }
    }

    private static func get(_ id: UUID, _ connection: any Connection) throws -> StoredDefinition? {
        try connection.query("SELECT * FROM workflow_definitions WHERE id = ?", [id]).first.map {
            try StoredDefinition($0)
        }
    }

    /// Texts that are no version come before all that are; pre-releases before all releases.
    private static func precedes(_ a: String, _ b: String) -> Bool {
        switch (SemanticVersion(a), SemanticVersion(b)) {
        case (let a?, let b?): a.isPrerelease == b.isPrerelease ? a < b : a.isPrerelease
        case (nil, nil): a < b
        case (nil, _): true
        case (_, nil): false
        }
    }
}
