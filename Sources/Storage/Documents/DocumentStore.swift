package import Foundation

/// An uploaded file: a row of `documents`.
package struct Document: Sendable, Hashable {
    package let id: UUID
    package let tenantID: UUID
    package let digest: ContentDigest
    /// Bytes.
    package let size: Int64
    package let mediaType: String
    package let filename: String?
    package let createdAt: Date
}

/// The files that tenants upload. Equal contents of one tenant share one file; tenants share nothing.
package struct DocumentStore: Sendable {
    /// 100 MB.
    package static let defaultLimit: Int64 = 100_000_000

    let database: any Database
    let folder: ContentFolder

    /// Makes the folder, and removes what killed uploads have left in it.
    package init(_ database: any Database, folder: URL) throws(StorageError) {
        self.database = database
        self.folder = try ContentFolder(folder)
    }

    /// Streams a content to the disk; memory stays bounded by the chunks. Throws `tooLarge` past `limit` bytes.
    ///
    /// - Parameter id: given by a caller that may repeat itself: the same id and content again change nothing, another
    ///   content under a used id is a `conflict`. So is a content for a tenant that is being erased.
    package func put<Chunks: AsyncSequence & Sendable>(
        _ chunks: Chunks, id: UUID = UUID(), tenant: UUID, mediaType: String, filename: String?,
        limit: Int64 = Self.defaultLimit,
        now: Date = Date()
    ) async throws -> Document where Chunks.Element: DataProtocol & Sendable {
        let folder = folder
        let writer = try await BlockingWork.run { try folder.writer() }
        var size: Int64 = 0
        var pending: [UInt8] = []
        for try await chunk in chunks {
            size += Int64(chunk.count)
            guard size <= limit else {
                throw StorageError(.tooLarge, "The document is larger than \(limit) bytes.")
            }
            pending.append(contentsOf: chunk)
            if pending.count >= 256 << 10 {
                let block = pending
                try await BlockingWork.run { try writer.append(block) }
                pending.removeAll(keepingCapacity: true)
            }
        }
        let rest = pending
        let content = try await BlockingWork.run {
            try writer.append(rest)
            return try writer.finish()
        }
        let document = Document(
            id: id, tenantID: tenant, digest: content.digest, size: content.size, mediaType: mediaType,
            filename: filename, createdAt: now
        )
        // Placed under the content's lock, as `delete` removes: else a file could vanish between its placing and its row.
        return try await database.write { connection in
            try connection.lock(Self.lock(tenant, document.digest))
            guard try TenantErasure.erased([tenant], in: connection).isEmpty else {
                throw StorageError(.conflict, "The tenant is being erased.")
            }
            try folder.place(content, scope: ContentScope(tenant: tenant))
            try connection.execute(
                """
                INSERT INTO documents (id, tenant_id, digest, size, media_type, filename, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
                """,
                [document.id, tenant, document.digest, document.size, mediaType, filename, now]
            )
            guard let stored = try Self.one(id, tenant, connection), stored.digest == document.digest else {
                throw StorageError(.conflict, "The document id \(id) is taken by another content.")
            }
            return stored
        }
    }

    /// The document and its file, which never changes; nil for another tenant's.
    package func open(_ id: UUID, tenant: UUID) async throws -> (document: Document, file: URL)? {
        let found = try await database.read { try Self.one(id, tenant, $0) }
        guard let found else { return nil }
        let file = folder.file(found.digest, scope: ContentScope(tenant: tenant))
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw StorageError(.corrupt, "The content of this document is missing from the document folder.")
        }
        return (found, file)
    }

    /// Removes what files are left of a tenant whose documents are deleted.
    package func erase(tenant: UUID) async throws {
        let folder = folder
        try await BlockingWork.run { try folder.erase(scope: ContentScope(tenant: tenant)) }
    }

    /// Returns whether the tenant had this document. The file goes with its last document, once that is gone for good.
    package func delete(_ id: UUID, tenant: UUID) async throws -> Bool {
        let deleted = try await database.write { connection -> Document? in
            let document = try Self.one(id, tenant, connection)
            return try connection.execute("DELETE FROM documents WHERE id = ? AND tenant_id = ?", [id, tenant]) == 1
                ? document : nil
        }
        guard let digest = deleted?.digest else { return false }
        let file = folder.file(digest, scope: ContentScope(tenant: tenant))
        try await database.write { connection in
            try connection.lock(Self.lock(tenant, digest))
            let others = try connection.query(
                "SELECT id FROM documents WHERE tenant_id = ? AND digest = ? LIMIT 1", [tenant, digest]
            )
            if others.isEmpty { try? FileManager.default.removeItem(at: file) }
        }
        return true
    }

    private static func lock(_ tenant: UUID, _ digest: ContentDigest) -> String {
        "document \(tenant) \(digest.rawValue)"
    }

    private static func one(_ id: UUID, _ tenant: UUID, _ connection: any Connection) throws -> Document? {
        let rows = try connection.query("SELECT * FROM documents WHERE id = ? AND tenant_id = ?", [id, tenant])
        return try rows.first.map { row in
            Document(
                id: try row.get("id"), tenantID: try row.get("tenant_id"), digest: try row.get("digest"),
                size: try row.get("size"), mediaType: try row.get("media_type"), filename: try row.optional("filename"),
                createdAt: try row.get("created_at")
            )
        }
    }
}
