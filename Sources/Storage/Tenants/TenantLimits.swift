package import JSON

/// What a tenant may use. Each has a default by tier; the operator sets others (`tenants.limits`).
package struct TenantLimits: Sendable, Hashable {
    /// Requests to one API process within a minute.
    package var requestsPerMinute: Int
    /// Executions that are pending or running, in all processes together.
    package var concurrentExecutions: Int
    /// The size of one document.
    package var documentBytes: Int64
    /// Calls to AI providers; those that are missing have the operator's bound for all tenants, or none.
    package var ai: [CounterLimit.Kind: Int64] = [:]

    package static func defaults(of tier: Tier) -> TenantLimits {
        switch tier {
        case .basic: TenantLimits(requestsPerMinute: 1_200, concurrentExecutions: 100, documentBytes: 25_000_000)
        case .premium: TenantLimits(requestsPerMinute: 6_000, concurrentExecutions: 1_000, documentBytes: 100_000_000)
        case .enterprise:
            TenantLimits(requestsPerMinute: 120_000, concurrentExecutions: 10_000, documentBytes: 100_000_000)
        }
    }

    /// The tier's defaults with what was set for the tenant.
    package init(tier: Tier, settings: JSONObject) {
        self = .defaults(of: tier)
        if let value = Self.requests.value(in: settings) { requestsPerMinute = Int(value) }
        if let value = Self.executions.value(in: settings) { concurrentExecutions = Int(value) }
        if let value = Self.documents.value(in: settings) { documentBytes = value }
        for (kind, limit) in Self.aiLimits { ai[kind] = limit.value(in: settings) }
    }

    private init(requestsPerMinute: Int, concurrentExecutions: Int, documentBytes: Int64) {
        self.requestsPerMinute = requestsPerMinute
        self.concurrentExecutions = concurrentExecutions
        self.documentBytes = documentBytes
    }

    package var json: JSONValue {
        var object: JSONObject = [
            Self.requests.name: .integer(Int64(requestsPerMinute)),
            Self.executions.name: .integer(Int64(concurrentExecutions)),
            Self.documents.name: .integer(documentBytes),
        ]
        for (kind, limit) in Self.aiLimits { object[limit.name] = ai[kind].map { .integer($0) } ?? .null }
        return .object(object)
    }

    /// The settings after a change: a member with null goes back to the tier's default (as in RFC 7396).
    ///
    /// Throws `constraint` for an unknown member and a value out of range.
    package static func settings(_ old: JSONObject, changedBy patch: JSONObject) throws(StorageError) -> JSONObject {
        var settings = old
        for (name, value) in patch {
            guard let limit = all.first(where: { $0.name == name }) else {
                throw StorageError(
                    .constraint,
                    "There is no limit \(name.prefix(64).debugDescription); there is "
                        + all.map(\.name).joined(separator: ", ") + ".")
            }
            if value.isNull {
                settings[name] = nil
            } else if let number = value.integer, limit.range.contains(number) {
                settings[name] = value
            } else {
                throw StorageError(
                    .constraint,
                    "\(name) must be an integer from \(limit.range.lowerBound) to \(limit.range.upperBound), or null.")
            }
        }
        return settings
    }

    private struct Limit {
        let name: String
        let range: ClosedRange<Int64>

        func value(in settings: JSONObject) -> Int64? {
            settings[name]?.integer.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    private static let requests = Limit(name: "requests_per_minute", range: 1...10_000_000)
    private static let executions = Limit(name: "concurrent_executions", range: 0...1_000_000)
    private static let documents = Limit(name: "document_bytes", range: 0...DocumentStore.defaultLimit)
    private static let aiLimits: [(kind: CounterLimit.Kind, limit: Limit)] = [
        (.requestsPerMinute, Limit(name: "ai_requests_per_minute", range: 1...1_000_000_000)),
        (.tokensPerMinute, Limit(name: "ai_tokens_per_minute", range: 1...1_000_000_000_000)),
        (.atOnce, Limit(name: "ai_calls_at_once", range: 1...1_000_000)),
    ]
    private static let all = [requests, executions, documents] + aiLimits.map(\.limit)
}
