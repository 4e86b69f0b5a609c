/// For how long what has ended is kept; nil: for ever. Documents are their tenants' and are never removed by age.
package struct RetentionPolicy: Sendable, Hashable {
    /// Closed executions with their tags, steps, logs and archived histories.
    package var executions: Duration?
    package var logs: Duration?
    package var deliveries: Duration?
    package var audit: Duration?
    /// After this the same key starts another execution.
    package var idempotencyKeys: Duration?
    /// The ledger of AI calls; it outlives the executions.
    package var usage: Duration?
    /// Large payloads by the age of their last use; never before what may still name them.
    package var payloads: Duration?

    package init(
        executions: Duration? = .days(365), logs: Duration? = .days(30), deliveries: Duration? = .days(30),
        audit: Duration? = .days(730), idempotencyKeys: Duration? = .days(7), usage: Duration? = nil,
        payloads: Duration? = .days(400)
    ) {
        self.executions = executions
        self.logs = logs
        self.deliveries = deliveries
        self.audit = audit
        self.idempotencyKeys = idempotencyKeys
        self.usage = usage
        self.payloads = payloads
    }
}

extension Duration {
    package static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
