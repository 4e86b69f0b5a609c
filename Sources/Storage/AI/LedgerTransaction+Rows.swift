import Foundation

extension LedgerTransaction {
    /// Those that are there still, locked: a row must not name an execution that retention has removed.
    func executions(of records: [UsageRecord]) throws -> Set<UUID> {
        let ids = Set(records.compactMap(\.executionID)).sorted { $0.text < $1.text }.padded
        guard !ids.isEmpty else { return [] }
        let lock = connection.dialect == .postgresql ? "FOR NO KEY UPDATE" : ""
        return Set(
            try connection.query(
                "SELECT id FROM workflow_executions WHERE id IN (\(ids.places)) ORDER BY id \(lock)", ids
            ).map { try $0.get("id") as UUID })
    }

    /// Rows of money spent: one that names a call which is there already, under another id, is another call.
    func insert(_ records: [UsageRecord]) throws {
        let inserted = try insertOnce(records)
        for var record in records where !inserted.contains(record.id) {
            let last: Int? = try connection.query(
                """
                SELECT MAX(call_number) AS last FROM ai_usage_logs
                WHERE workflow_execution_id = ? AND activity_id = ? AND attempt = ?
                """, [record.executionID, record.activityID, record.attempt]
            ).first?.optional("last")
            record.callNumber = (last ?? 0) + 1
            guard try insertOnce([record]).contains(record.id) else {
                throw StorageError(.conflict, "A call's row is there already.")
            }
        }
    }

    /// The ids of those that were not there.
    func insertOnce(_ records: [UsageRecord]) throws -> Set<UUID> {
        var inserted: Set<UUID> = []
        for piece in records.pieces {
            let values = piece.map(\.values)
            let rows = try connection.query(
                """
                INSERT INTO ai_usage_logs (\(UsageRecord.columns)) VALUES \(values.rows)
                ON CONFLICT DO NOTHING RETURNING id
                """, values.flatMap { $0 })
            for row in rows { inserted.insert(try row.get("id")) }
        }
        return inserted
    }

    func correct(_ record: UsageRecord) throws {
        try connection.execute(
            """
            UPDATE ai_usage_logs SET input_tokens = ?, output_tokens = ?, cached_input_tokens = ?,
                cache_write_tokens = ?, reasoning_tokens = ?, tokens_estimated = ?, cost_microdollars = ?,
                response_time_ms = ?, success = ?, error_code = ?, confidence_score = ?, batch_size = ?
            WHERE id = ?
            """,
            [
                record.inputTokens, record.outputTokens, record.cachedInputTokens, record.cacheWriteTokens,
                record.reasoningTokens, record.tokensEstimated, record.costMicrodollars,
                record.responseTimeMilliseconds, record.success, record.errorCode, record.confidence,
                record.batchSize, record.id,
            ])
    }

    func answers(_ settlements: [Settlement]) throws {
        let rows = settlements.compactMap { settlement -> [(any DatabaseConvertible)?]? in
            guard let answer = settlement.answer else { return nil }
            let record = settlement.record
            return [
                record.tenantID, record.executionID, record.activityID, answer.requestDigest, answer.answer, now,
            ]
        }
        for piece in rows.pieces {
            try connection.enqueue(
                """
                INSERT INTO ai_answers (tenant_id, execution_id, activity_id, request_digest, answer, created_at)
                VALUES \(piece.rows) ON CONFLICT DO NOTHING
                """, piece.flatMap { $0 })
        }
    }

    /// Added, not summed anew: a sum would miss the rows of transactions beside this one.
    func add(_ costs: [UUID: Int64]) throws {
        let costs = costs.filter { $0.value != 0 }.sorted { $0.key.text < $1.key.text }.padded
        guard !costs.isEmpty else { return }
        let cases = Array(repeating: "WHEN ? THEN CAST(? AS BIGINT)", count: costs.count).joined(separator: " ")
        try connection.enqueue(
            """
            UPDATE workflow_executions SET ai_cost_microdollars = ai_cost_microdollars + CASE id \(cases) ELSE 0 END
            WHERE id IN (\(costs.places))
            """, costs.flatMap { [$0.key, $0.value] as [(any DatabaseConvertible)?] } + costs.map(\.key))
    }
}

extension UsageRecord {
    /// Without an execution that is no more, and with amounts that can be summed.
    func within(_ executions: Set<UUID>) -> UsageRecord {
        var record = self
        if let id = executionID, !executions.contains(id) { record.executionID = nil }
        let bound = LedgerTransaction.maximumAmount
        record.costMicrodollars = min(costMicrodollars, bound)
        record.inputTokens = inputTokens.map { min($0, Int(clamping: bound)) }
        record.outputTokens = outputTokens.map { min($0, Int(clamping: bound)) }
        return record
    }
}
