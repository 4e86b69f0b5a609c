package import Foundation

/// A row of `execution_histories`: where the history of one run lies.
package struct ArchivedHistory: Sendable, Hashable {
    package var runID: String
    package var digest: ContentDigest
    /// In bytes.
    package var size: Int
    package var events: Int
    package var archivedAt: Date

    package init(runID: String, digest: ContentDigest, size: Int, events: Int, archivedAt: Date = Date()) {
        self.runID = runID
        self.digest = digest
        self.size = size
        self.events = events
        self.archivedAt = archivedAt
    }

    init(_ row: Row) throws(StorageError) {
        runID = try row.get("run_id")
        digest = try row.get("digest")
        size = try row.get("size")
        events = try row.get("events")
        archivedAt = try row.get("archived_at")
    }
}

/// The histories of ended runs, so that they outlive Temporal's retention: files by digest, apart for each tenant.
///
/// What lies there is what Temporal had: where payloads are encrypted, they are so here.
package struct HistoryArchive: Sendable {
    let folder: ContentFolder

    /// Makes the folder, and removes what killed writers have left in it.
    package init(folder: URL) throws(StorageError) {
        self.folder = try ContentFolder(folder)
    }

    /// Removes what files are left of a tenant whose executions are deleted.
    package func erase(tenant: UUID) async throws {
        let folder = folder
        try await BlockingWork.run { try folder.erase(scope: ContentScope(tenant: tenant)) }
    }

    /// The content is on the disk when this returns.
    package func put(_ bytes: [UInt8], tenant: UUID) async throws -> ContentDigest {
        let folder = folder
        return try await BlockingWork.run {
            let writer = try folder.writer()
            try writer.append(bytes)
            let content = try writer.finish()
            try folder.place(content, scope: ContentScope(tenant: tenant))
            return content.digest
        }
    }

    /// Throws `notFound`, and `corrupt` for a file that was changed.
    package func get(_ digest: ContentDigest, tenant: UUID) async throws -> Data {
        let file = folder.file(digest, scope: ContentScope(tenant: tenant))
        return try await BlockingWork.run {
            guard let data = try? Data(contentsOf: file) else {
                throw StorageError(.notFound, "The archived history is not there.")
            }
            guard ContentDigest(of: data) == digest else {
                throw StorageError(.corrupt, "The archived history is damaged.")
            }
            return data
        }
    }
}

extension ExecutionStore {
    /// Of the execution's runs, the oldest first; none for another tenant's.
    package func histories(of id: UUID, tenant: UUID) async throws -> [ArchivedHistory] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT * FROM execution_histories WHERE execution_id = ? AND tenant_id = ? ORDER BY archived_at, run_id
                """, [id, tenant]
            ).map { try ArchivedHistory($0) }
        }
    }
}

extension Connection {
    func insert(_ history: ArchivedHistory, execution: UUID, tenant: UUID) throws {
        try execute(
            """
            INSERT INTO execution_histories (execution_id, run_id, tenant_id, digest, size, events, archived_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (execution_id, run_id) DO UPDATE SET
                digest = excluded.digest, size = excluded.size, events = excluded.events
            """,
            [execution, history.runID, tenant, history.digest, history.size, history.events, history.archivedAt])
    }
}
