package import Foundation

/// What a process has for the ledger at one moment: written in one transaction, the settlements first, because they
/// make room.
package struct LedgerBatch: Sendable {
    package var settlements: [Settlement]
    /// Rows without a reservation.
    package var records: [UsageRecord]
    /// In the order of their arrival.
    package var requests: [ReserveRequest]

    package init(
        settlements: [Settlement] = [], records: [UsageRecord] = [], requests: [ReserveRequest] = []
    ) {
        self.settlements = settlements
        self.records = records
        self.requests = requests
    }
}

/// A reservation's end.
package struct Settlement: Sendable {
    package var reservation: Reservation
    /// The call's row, complete; same id.
    package var record: UsageRecord
    /// Kept where the call belongs to an execution.
    package var answer: RecordedAnswer?

    package init(reservation: Reservation, record: UsageRecord, answer: RecordedAnswer? = nil) {
        self.reservation = reservation
        self.record = record
        self.answer = answer
    }

    /// At its maximum: nobody saw the end of the call.
    init(unknown reservation: Reservation) {
        var record = reservation.record
        record.errorCode = UsageRecord.unknownOutcome
        record.costMicrodollars = reservation.maximumMicrodollars
        record.inputTokens = Int(clamping: reservation.maximumTokens)
        record.outputTokens = 0
        record.tokensEstimated = true
        self.init(reservation: reservation, record: record)
    }
}

package struct ReserveRequest: Sendable {
    package var reservation: Reservation
    /// An earlier transaction with it may have been committed.
    package var isRepeat: Bool

    package init(reservation: Reservation, isRepeat: Bool = false) {
        self.reservation = reservation
        self.isRepeat = isRepeat
    }
}

package enum ReserveDecision: Sendable {
    /// With the time from which it counts.
    case reserved(Reservation)
    /// There is room once others are settled.
    case waits(LedgerRefusal)
    case refused(LedgerRefusal)
}

/// A budget whose use has passed 80 or 100 % of its cap.
package struct BudgetNotice: Sendable, Hashable {
    package let budget: Budget
    package let percent: Int
    package let used: Int64
    package let resetsAt: Date
}

package struct LedgerReport: Sendable {
    /// One a request, in their order.
    package var decisions: [ReserveDecision] = []
    /// One a record: false where this very call was there already.
    package var recorded: [Bool] = []
    package var notices: [BudgetNotice] = []
}
