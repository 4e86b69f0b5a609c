package import Foundation

/// A row of `execution_steps`: one finished run of one task.
package struct FinishedStep: Sendable, Hashable {
    /// Counted from 1 over the whole execution.
    package var number: Int
    package var name: String
    package var kind: String
    /// Temporal's name of the activity's type.
    package var activity: String?
    package var status: String
    package var attempts: Int
    package var fallbackReason: String?
    /// The last segment of the error's type.
    package var errorType: String?
    package var startedAt: Date
    package var completedAt: Date
    /// How long its activity waited for a worker.
    package var queueMilliseconds: Int64?

    package init(
        number: Int, name: String, kind: String, activity: String? = nil, status: String, attempts: Int = 1,
        fallbackReason: String? = nil, errorType: String? = nil, startedAt: Date, completedAt: Date,
        queueMilliseconds: Int64? = nil
    ) {
        self.number = number
        self.name = name
        self.kind = kind
        self.activity = activity
        self.status = status
        self.attempts = attempts
        self.fallbackReason = fallbackReason
        self.errorType = errorType
        self.startedAt = startedAt
        self.completedAt = completedAt
        self.queueMilliseconds = queueMilliseconds
    }
}

extension Connection {
    /// Several rows a statement: a run may have a thousand steps.
    func insert(_ steps: [FinishedStep], execution: UUID, tenant: UUID) throws {
        for start in stride(from: 0, to: steps.count, by: 50) {
            let batch = steps[start..<min(start + 50, steps.count)]
            var values: [(any DatabaseConvertible)?] = []
            for step in batch {
                let duration = Int64((step.completedAt.timeIntervalSince(step.startedAt) * 1000).rounded())
                values += [
                    execution, step.number, tenant, step.name.cut(255), step.kind.cut(50), step.activity?.cut(255),
                    step.status, step.attempts, step.fallbackReason?.cut(50), step.errorType?.cut(100), step.startedAt,
                    step.completedAt, step.queueMilliseconds, max(0, duration),
                ]
            }
            let places = Array(repeating: "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", count: batch.count)
            try execute(
                """
                INSERT INTO execution_steps (execution_id, number, tenant_id, name, kind, activity, status, attempts,
                    fallback_reason, error_type, started_at, completed_at, queue_ms, duration_ms)
                VALUES \(places.joined(separator: ", ")) ON CONFLICT (execution_id, number) DO NOTHING
                """, values)
        }
    }
}

extension String {
    /// Fits a column of so many characters.
    func cut(_ length: Int) -> String {
        unicodeScalars.count <= length ? withoutNUL : String(withoutNUL.unicodeScalars.prefix(length))
    }
}
