package import Foundation
package import Logging
import ServiceLifecycle
package import Storage

/// Removes what is older than the policy keeps it: one process at a time, in small batches with pauses between them.
package struct RetentionService: Service {
    private let store: RetentionStore
    private let policy: RetentionPolicy
    private let lease: Leased
    private let interval: Duration
    private let logger: Logger

    /// - Parameter interval: between two rounds.
    package init(
        store: RetentionStore, policy: RetentionPolicy, leases: LeaseStore, interval: Duration = .seconds(600),
        logger: Logger
    ) {
        self.store = store
        self.policy = policy
        lease = Leased("retention", leases: leases, logger: logger)
        self.interval = interval
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await lease.run(every: interval) {
                let removed = try await round()
                if !removed.isEmpty {
                    logger.notice("Removed what was old enough", metadata: removed.mapValues { "\($0)" })
                }
            }
        }
    }

    /// Returns what was removed, and how much of it.
    package func round(now: Date = Date()) async throws -> [String: Int] {
        var removed: [String: Int] = [:]
        func sweep(_ name: String, _ age: Duration?, _ remove: (Date) async throws -> Int) async throws {
            guard let age else { return }
            let count = try await everything(before: now.addingTimeInterval(-(age / .seconds(1))), remove)
            if count > 0 { removed[name] = count }
        }
        try await sweep("executions", policy.executions, store.removeExecutions)
        try await sweep("logs", policy.logs) { try await store.remove(.executionLogs, before: $0) }
        try await sweep("deliveries", policy.deliveries) { try await store.remove(.deliveries, before: $0) }
        try await sweep("audit", policy.audit) { try await store.remove(.audit, before: $0) }
        try await sweep("usage", policy.usage) { try await store.remove(.usage, before: $0) }
        try await sweep("idempotency_keys", policy.idempotencyKeys, store.forgetIdempotencyKeys)
        let remains = try await everything(before: now, store.removeLedgerRemains)
        if remains > 0 { removed["ledger_remains"] = remains }
        if let age = policy.payloads {
            let count = try await store.removePayloads(unusedSince: now.addingTimeInterval(-(age / .seconds(1))))
            if count > 0 { removed["payloads"] = count }
        }
        return removed
    }

    private func everything(before date: Date, _ remove: (Date) async throws -> Int) async throws -> Int {
        var all = 0
        while true {
            let count = try await remove(date)
            all += count
            if count == 0 { return all }
            // Writers go before.
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
