package import Foundation
package import Logging
import Observability
package import Storage

/// The door to the ledger of money: nothing is sent that was not let through here, and what was sent is settled here.
package final class AILedger: Sendable {
    /// Beyond the call's deadline, until a call that nobody settled counts as made.
    package static let grace: Duration = .seconds(60)
    /// Between two looks for such calls.
    private static let expiryInterval: Duration = .seconds(5)

    private let store: LedgerStore?
    private let writer: LedgerWriter?
    private let grace: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - database: nil: the ledger is off. Nothing is written and nothing refused.
    ///   - grace: longer than a settlement may be held up by a database that is away.
    package init(_ database: (any Database)?, grace: Duration = AILedger.grace, logger: Logger) {
        self.grace = grace
        self.logger = logger
        store = database.map(LedgerStore.init)
        writer = store.map { LedgerWriter($0, logger: logger) { Self.tell($0, logger) } }
    }

    package var isOn: Bool { writer != nil }

    /// Waits while room is only reserved by others, until the call's deadline or for as long as its patience lasts.
    ///
    /// Throws `LedgerRefusal`, at once where no room can come; `StorageError` when the database cannot be asked: then
    /// nothing may be sent. A caller that was cancelled may get a reservation all the same; it must be released.
    package func reserve(_ call: LedgerCall, patience: Duration = .seconds(30)) async throws -> Reservation {
        let now = Date()
        let reservation = call.reservation(now: now, grace: grace)
        guard let writer else { return reservation }
        let wait = min(patience, .seconds(max(0, call.deadline.timeIntervalSince(now))))
        return try await writer.reserve(reservation, until: .now + wait)
    }

    /// Completes a call: cost, tokens, row and answer in one transaction. A repeat changes nothing. Goes on when the
    /// caller is cancelled, and in the background while the database is away.
    ///
    /// Returns false for a call that took more than was reserved for it: its price or its bound is wrong, and its model
    /// must not be called again.
    @discardableResult
    package func settle(_ reservation: Reservation, _ outcome: CallOutcome) async -> Bool {
        let record = outcome.record(of: reservation)
        let tokens = Int64(record.inputTokens ?? 0) + Int64(record.outputTokens ?? 0)
        let isWithin =
            record.costMicrodollars <= reservation.maximumMicrodollars && tokens <= reservation.maximumTokens
        if !isWithin {
            logger.error(
                "An AI call took more than its maximum",
                metadata: [
                    "tokens": "\(tokens)", "maximum_tokens": "\(reservation.maximumTokens)",
                    "call": "\(reservation.id.text)", "model": "\(record.provider)/\(record.model)",
                    "microdollars": "\(record.costMicrodollars)", "maximum": "\(reservation.maximumMicrodollars)",
                ])
        }
        await writer?.settle(Settlement(reservation: reservation, record: record, answer: outcome.answer))
        return isWithin
    }

    /// Completes a call that never left: it costs nothing, and its row tells why.
    package func release(_ reservation: Reservation, reason: String) async {
        await settle(
            reservation, CallOutcome(tokens: TokenUsage.none, microdollars: 0, latency: .zero, errorCode: reason))
    }

    /// A row without a reservation: a cache hit, a candidate that was passed over, a call that can cost nothing. Its
    /// cost and tokens count against budgets as those of any row.
    package func record(_ row: UsageRecord) async {
        await writer?.record(row)
    }

    /// The answer that an earlier attempt of this activity has paid for.
    package func recordedAnswer(
        tenant: UUID, executionID: UUID, activityID: String, requestDigest: String
    ) async throws -> RecordedAnswer? {
        try await store?.answer(
            tenant: tenant, executionID: executionID, activityID: activityID, requestDigest: requestDigest)
    }

    /// Tells the true cost of a call of unknown outcome. nil for an id that the tenant's ledger does not hold; throws
    /// `conflict` for a call whose outcome is known.
    ///
    /// - Parameter tenant: nil for the operator.
    package func resolve(
        _ id: UUID, microdollars: Int64, tenant: UUID? = nil, by actor: AuditActor
    ) async throws -> UsageRecord? {
        try await store?.resolve(id, microdollars: microdollars, tenant: tenant, by: actor)
    }

    /// Counts calls that nobody settled in time as made, at their maximum. Every process may do it. Once its task is
    /// cancelled it writes what waits to be written, and returns.
    package func run() async {
        guard let store, let writer else { return }
        while !Task.isCancelled {
            do {
                try await expire(store)
            } catch {
                if !(error is CancellationError) {
                    logger.warning("Overdue AI calls could not be looked for", metadata: ["error": "\(error)"])
                }
            }
            try? await Task.sleep(for: Self.expiryInterval)
        }
        await Task { await writer.flush(within: .seconds(5)) }.value
    }

    private func expire(_ store: LedgerStore) async throws {
        while true {
            let records = try await store.expire()
            guard !records.isEmpty else { return }
            for record in records {
                ServiceMetrics.shared.aiUnknownOutcome(provider: record.provider, model: record.model)
                logger.warning(
                    "An AI call was never settled; it counts at its maximum",
                    metadata: [
                        "call": "\(record.id.text)", "tenant": "\(record.tenantID.text)",
                        "model": "\(record.provider)/\(record.model)", "microdollars": "\(record.costMicrodollars)",
                    ])
            }
        }
    }

    private static func tell(_ notice: BudgetNotice, _ logger: Logger) {
        let terms = notice.budget.terms
        ServiceMetrics.shared.aiBudgetPassed(percent: notice.percent, isHard: terms.isHard)
        logger.warning(
            "An AI budget is used",
            metadata: [
                "budget": "\(notice.budget.id.text)", "tenant": "\(notice.budget.tenantID.text)",
                "percent": "\(notice.percent)", "used": "\(notice.used)", "cap": "\(terms.cap)",
                "unit": "\(terms.unit.rawValue)", "hard": "\(terms.isHard)",
                "resets_at": "\(notice.resetsAt.formatted(.iso8601))",
            ])
    }
}
