package import Foundation
import JSON

/// A call that was let through and is not settled yet: its maximum is held against budgets and limits.
package struct Reservation: Sendable, Hashable {
    /// The row that its settling completes: same id, same time, so that it falls into the periods it was checked for.
    package var record: UsageRecord
    package var maximumMicrodollars: Int64
    package var maximumTokens: Int64
    package var limits: [CounterLimit]
    /// After this it counts as made, with an unknown outcome.
    package var expiresAt: Date

    package var id: UUID { record.id }

    package init(
        record: UsageRecord, maximumMicrodollars: Int64, maximumTokens: Int64, limits: [CounterLimit], expiresAt: Date
    ) {
        self.record = record
        self.maximumMicrodollars = min(max(0, maximumMicrodollars), LedgerTransaction.maximumAmount)
        self.maximumTokens = min(max(0, maximumTokens), LedgerTransaction.maximumAmount)
        self.limits = limits
        self.expiresAt = expiresAt
    }

    func maximum(of unit: BudgetUnit) -> Int64 {
        switch unit {
        case .microdollars: maximumMicrodollars
        case .tokens: maximumTokens
        }
    }
}

extension Reservation {
    init(_ row: Row) throws(StorageError) {
        let text: JSONValue = try row.get("record")
        var record = UsageRecord(
            tenantID: try row.get("tenant_id"), executionID: text["execution"]?.string.flatMap(UUID.init(uuidString:)),
            activityName: text["activity"]?.string ?? "", activityID: text["activity_id"]?.string ?? "",
            attempt: Int(text["attempt"]?.integer ?? 1), callNumber: Int(text["call"]?.integer ?? 0),
            provider: text["provider"]?.string ?? "", model: text["model"]?.string ?? "", success: false,
            fallbackUsed: text["failover"]?.bool ?? false, createdAt: try row.get("created_at"))
        record.id = try row.get("id")
        record.operation = text["operation"]?.string
        record.template = try row.optional("template")
        record.templateVersion = text["template_version"]?.string
        record.environment = try row.optional("environment")
        record.enhancementPoint = text["point"]?.string
        record.keyName = text["key"]?.string
        record.reservedMicrodollars = try row.get("maximum_microdollars")
        let counters: JSONValue = try row.get("counters")
        self.init(
            record: record, maximumMicrodollars: try row.get("maximum_microdollars"),
            maximumTokens: try row.get("maximum_tokens"),
            limits: (counters.array ?? []).compactMap { limit in
                guard let name = limit["name"]?.string,
                    let kind = limit["kind"]?.string.flatMap(CounterLimit.Kind.init),
                    let amount = limit["amount"]?.integer
                else { return nil }
                return CounterLimit(name: name, kind: kind, amount: amount, cap: limit["cap"]?.integer ?? 0)
            },
            expiresAt: try row.get("expires_at"))
    }

    /// In the order of `columns`.
    var values: [(any DatabaseConvertible)?] {
        var text = JSONObject()
        text["execution"] = record.executionID.map { .string($0.text) }
        text["activity"] = .string(record.activityName)
        text["activity_id"] = .string(record.activityID)
        text["attempt"] = .integer(Int64(record.attempt))
        text["call"] = .integer(Int64(record.callNumber))
        text["provider"] = .string(record.provider)
        text["model"] = .string(record.model)
        text["operation"] = record.operation.map { .string($0) }
        text["template_version"] = record.templateVersion.map { .string($0) }
        text["point"] = record.enhancementPoint.map { .string($0) }
        text["key"] = record.keyName.map { .string($0) }
        text["failover"] = record.fallbackUsed ? true : nil
        let counters = limits.map { limit -> JSONValue in
            [
                "name": .string(limit.name), "kind": .string(limit.kind.rawValue), "amount": .integer(limit.amount),
                "cap": .integer(limit.cap),
            ]
        }
        return [
            id, record.tenantID, record.template, record.environment, JSONValue.object(text), JSONValue.array(counters),
            maximumMicrodollars, maximumTokens, record.createdAt, expiresAt,
        ]
    }

    static let columns = """
        id, tenant_id, template, environment, record, counters, maximum_microdollars, maximum_tokens, created_at, \
        expires_at
        """
}
