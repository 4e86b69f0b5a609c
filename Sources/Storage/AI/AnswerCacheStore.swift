package import Foundation
package import JSON

/// An answer that is given again to whoever asks the same.
package struct CachedAnswer: Sendable, Hashable {
    package var tenantID: UUID
    /// 64 hexadecimal digits: of all that decides the answer.
    package var digest: String
    package var operation: String
    package var provider: String
    package var model: String
    package var answer: JSONValue
    package var createdAt: Date
    package var expiresAt: Date

    package init(
        tenantID: UUID, digest: String, operation: String, provider: String, model: String, answer: JSONValue,
        createdAt: Date = Date(), expiresAt: Date
    ) {
        self.tenantID = tenantID
        self.digest = digest
        self.operation = operation
        self.provider = provider
        self.model = model
        self.answer = answer
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    package var key: AnswerKey { AnswerKey(tenant: tenantID, digest: digest) }

    init(_ row: Row) throws(StorageError) {
        tenantID = try row.get("tenant_id")
        digest = try row.get("digest")
        operation = try row.get("operation")
        provider = try row.get("provider")
        model = try row.get("model")
        answer = try row.get("answer")
        createdAt = try row.get("created_at")
        expiresAt = try row.get("expires_at")
    }
}

/// What an answer is kept under: whose question it was, and a digest of all that decides the answer.
package struct AnswerKey: Sendable, Hashable {
    package var tenant: UUID
    package var digest: String

    package init(tenant: UUID, digest: String) {
        self.tenant = tenant
        self.digest = digest
    }
}

/// Answers of AI models by tenant and digest, shared by all processes.
package struct AnswerCacheStore: Sendable {
    let database: any Database

    package init(_ database: any Database) {
        self.database = database
    }

    /// Those that are there and have not expired.
    package func get(_ keys: Set<AnswerKey>, now: Date = Date()) async throws -> [AnswerKey: CachedAnswer] {
        guard !keys.isEmpty else { return [:] }
        let tenants = Set(keys.map(\.tenant.text)).sorted().padded
        let digests = Set(keys.map(\.digest)).sorted().padded
        return try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT * FROM ai_cache
                WHERE tenant_id IN (\(tenants.places)) AND digest IN (\(digests.places)) AND expires_at > ?
                """, tenants + digests + [now])
            var found: [AnswerKey: CachedAnswer] = [:]
            for row in rows {
                let answer = try? CachedAnswer(row)
                // One tenant's question may be another's as well; a row that cannot be read is none, to whoever asks for it.
                guard let answer, keys.contains(answer.key) else { continue }
                found[answer.key] = answer
            }
            return found
        }
    }

    /// The newest answer to a question is the one that is kept. Each question stands once among them.
    package func put(_ answers: [CachedAnswer]) async throws {
        guard !answers.isEmpty else { return }
        try await database.write { connection in
            let erased = try TenantErasure.erased(answers.map(\.tenantID), in: connection)
            let rows = answers.filter { !erased.contains($0.tenantID) }.map { answer -> [(any DatabaseConvertible)?] in
                [
                    answer.tenantID, answer.digest, answer.operation, answer.provider, answer.model, answer.answer,
                    answer.answer.serializedBytes().count, answer.createdAt, answer.expiresAt,
                ]
            }
            for piece in rows.pieces {
                try connection.execute(
                    """
                    INSERT INTO ai_cache
                        (tenant_id, digest, operation, provider, model, answer, bytes, created_at, expires_at)
                    VALUES \(piece.rows)
                    ON CONFLICT (tenant_id, digest) DO UPDATE SET operation = excluded.operation,
                        provider = excluded.provider, model = excluded.model, answer = excluded.answer,
                        bytes = excluded.bytes, created_at = excluded.created_at, expires_at = excluded.expires_at
                    """, piece.flatMap { $0 })
            }
        }
    }

    /// Forgets a tenant's answers, of one operation or all, in every process. Returns how many there were.
    @discardableResult
    package func purge(
        tenant: UUID, operation: String? = nil, by actor: AuditActor, now: Date = Date()
    ) async throws -> Int {
        try await database.write { connection in
            var condition = "tenant_id = ?"
            var values: [any DatabaseConvertible] = [tenant]
            if let operation {
                condition += " AND operation = ?"
                values.append(operation)
            }
            let count = try connection.execute("DELETE FROM ai_cache WHERE \(condition)", values)
            try AuditLog.record(
                .cachePurged, by: actor, tenant: tenant, target: "ai_cache",
                detail: ["operation": operation.map { .string($0) } ?? .null, "answers": .integer(Int64(count))],
                now: now,
                in: connection)
            try connection.notify(.answers, tenant.text)
            return count
        }
    }

    /// Removes some of what has expired and, beyond `maximumBytes` in all, of what was kept first. Returns how many went; a
    /// full batch means that there may be more.
    package func trim(maximumBytes: Int64, now: Date = Date()) async throws -> Int {
        try await database.write { connection in
            let expired = try connection.execute(
                """
                DELETE FROM ai_cache WHERE (tenant_id, digest) IN (
                    SELECT tenant_id, digest FROM ai_cache WHERE expires_at <= ?
                    ORDER BY expires_at LIMIT \(RetentionStore.batch)
                )
                """, [now])
            let bytes: Int64 =
                try connection.query("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM ai_cache")
                .first?.get("bytes") ?? 0
            guard bytes > maximumBytes else { return expired }
            let excess = try connection.execute(
                """
                DELETE FROM ai_cache WHERE (tenant_id, digest) IN (
                    SELECT tenant_id, digest FROM (
                        SELECT tenant_id, digest, SUM(bytes) OVER (ORDER BY created_at, tenant_id, digest) - bytes AS older
                        FROM ai_cache
                    ) ranked WHERE older < ? LIMIT \(RetentionStore.batch)
                )
                """, [bytes - maximumBytes])
            return expired + excess
        }
    }
}
