package import Foundation

extension LedgerStore {
    /// For how long a retry may come back for its answer.
    package static let answersAreKept: Duration = .days(7)

    package func answer(
        tenant: UUID, executionID: UUID, activityID: String, requestDigest: String
    ) async throws -> RecordedAnswer? {
        try await database.read { connection in
            try connection.query(
                """
                SELECT answer FROM ai_answers
                WHERE execution_id = ? AND activity_id = ? AND request_digest = ? AND tenant_id = ?
                """, [executionID, activityID, requestDigest, tenant]
            ).first.map { RecordedAnswer(requestDigest: requestDigest, answer: try $0.get("answer")) }
        }
    }

    /// Some of the answers that nobody comes back for, and of the counters whose period is long over: two months for
    /// budgets, an hour for rates, at once for what is at nought. Returns how many went.
    package func removeOld(now: Date = Date()) async throws -> Int {
        try await database.write { connection in
            let limit = "LIMIT \(RetentionStore.batch)"
            let answers = try connection.execute(
                """
                DELETE FROM ai_answers WHERE (execution_id, activity_id, request_digest) IN (
                    SELECT execution_id, activity_id, request_digest FROM ai_answers WHERE created_at < ?
                    ORDER BY created_at \(limit)
                )
                """, [now.addingTimeInterval(-(Self.answersAreKept / .seconds(1)))])
            let counters = try connection.execute(
                """
                DELETE FROM ai_counters WHERE (name, period) IN (
                    SELECT name, period FROM ai_counters
                    WHERE period > 0 AND period < CASE WHEN name LIKE '%\(Budget.counterMark)%' THEN CAST(? AS BIGINT)
                            ELSE CAST(? AS BIGINT) END
                        OR period = 0 AND used = 0 AND reserved = 0
                    ORDER BY period \(limit)
                ) AND (period > 0 OR used = 0 AND reserved = 0)
                """,
                [now.addingTimeInterval(-62 * 86_400), now.addingTimeInterval(-3600)])
            return answers + counters
        }
    }

    /// Makes rows of what is under way for a tenant that is being erased, so that others' counters are let go; then
    /// drops its own counters.
    func erase(_ tenant: UUID) async throws {
        while try await !expire(tenant: tenant).isEmpty {}
        try await database.write { connection in
            try connection.execute("DELETE FROM ai_counters WHERE substr(name, 1, 37) = ?", ["\(tenant.text)/"])
        }
    }
}
