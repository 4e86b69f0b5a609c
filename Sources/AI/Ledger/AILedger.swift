package import Foundation
package import Logging
package import Storage

/// The door to the ledger of money: nothing is sent that was not let through here, and what was sent is settled here.
package final class AILedger: Sendable {
    /// Beyond the call's deadline, until a call that nobody settled counts as made.
    package static let grace: Duration = .seconds(60)

    private let database: (any Database)?
    private let logger: Logger

    /// - Parameter database: nil: the ledger is off. Nothing is written and nothing refused.
    package init(_ database: (any Database)?, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    /// Waits while room is only reserved by others, until the call's deadline or for as long as its patience lasts.
    /// Throws `LedgerRefusal` at once where none can come, and `StorageError` when the database cannot be asked: then
    /// nothing may be sent.
    package func reserve(_ call: LedgerCall) async throws -> Reservation {
        call.reservation(now: Date(), grace: Self.grace)
    }

    /// Completes a call: cost, tokens, row and answer in one transaction. A repeat changes nothing. Goes on when the
    /// caller is cancelled, and in the background while the database is away.
    package func settle(_ reservation: Reservation, _ outcome: CallOutcome) async {
        await record(outcome.record(of: reservation))
    }

    /// Completes a call that never left: it costs nothing, and its row tells why.
    package func release(_ reservation: Reservation, reason: String) async {
        await settle(
            reservation, CallOutcome(tokens: TokenUsage.none, microdollars: 0, latency: .zero, errorCode: reason))
    }

    /// A row without a reservation: a cache hit, a candidate that was passed over, a call that can cost nothing.
    package func record(_ row: UsageRecord) async {
        guard let database else { return }
        _ = try? await AIUsageStore(database).record(row)
    }

    /// The answer that an earlier attempt of this activity has paid for.
    package func recordedAnswer(
        tenant: UUID, executionID: UUID, activityID: String, requestDigest: String
    ) async throws -> RecordedAnswer? {
        nil
    }

    /// Tells the true cost of a call of unknown outcome. nil for an id that the tenant's ledger does not hold; throws
    /// `conflict` for a call whose outcome is known.
    package func resolve(_ id: UUID, microdollars: Int64, tenant: UUID?, by actor: AuditActor) async throws
        -> UsageRecord?
    {
        nil
    }
}
