import Storage

/// What waits for the ledger, in the order of its arrival.
struct LedgerQueue {
    struct Request {
        var request: ReserveRequest
        /// When whoever waits wants to hear of the refusal.
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Reservation, any Error>
    }

    struct Settling {
        var settlement: Settlement
        /// nil once its caller went on.
        var continuation: CheckedContinuation<Void, Never>?
    }

    struct Recording {
        var record: UsageRecord
        var continuation: CheckedContinuation<Void, Never>?
    }

    /// For one transaction.
    struct Batch {
        var settlings: [Settling] = []
        var recordings: [Recording] = []
        var requests: [Request] = []

        var count: Int { settlings.count + recordings.count + requests.count }

        var storage: LedgerBatch {
            LedgerBatch(
                settlements: settlings.map(\.settlement), records: recordings.map(\.record),
                requests: requests.map(\.request))
        }

        var singles: [Batch] {
            settlings.map { Batch(settlings: [$0]) } + recordings.map { Batch(recordings: [$0]) }
                + requests.map { Batch(requests: [$0]) }
        }
    }

    /// Of a transaction, each kind.
    private static let batch = 128
    /// Requests are looked at together, so that none overtakes one that waits.
    private static let looked = 1024
    /// Beyond these the oldest settlements are given up (their reservations expire, at the maximum), and no more
    /// requests are taken.
    static let maximumSettlings = 10_000
    static let maximumRequests = 4096

    var settlings: [Settling] = []
    var recordings: [Recording] = []
    private(set) var requests: [Request] = []
    /// Requests that came, or may be let through by others' settlements, since they were last looked at.
    var isUndecided = false
    /// The database is away: only a request, or time, is a reason to try again.
    var isHeld = false

    var isFull: Bool { requests.count >= Self.maximumRequests }
    var hasWork: Bool { isUndecided || !isHeld && !(settlings.isEmpty && recordings.isEmpty) }

    mutating func add(_ request: Request) {
        requests.append(request)
        isUndecided = true
    }

    mutating func take() -> Batch {
        let batch = Batch(
            settlings: Array(settlings.prefix(Self.batch)), recordings: Array(recordings.prefix(Self.batch)),
            requests: Array(requests.prefix(Self.looked)))
        settlings.removeFirst(batch.settlings.count)
        recordings.removeFirst(batch.recordings.count)
        requests.removeFirst(batch.requests.count)
        isUndecided = false
        return batch
    }

    /// Before those that came meanwhile.
    mutating func putBack(_ waiting: [Request]) { requests.insert(contentsOf: waiting, at: 0) }

    mutating func remove(_ reservation: Reservation) -> Request? {
        requests.firstIndex { $0.request.reservation.id == reservation.id }.map { requests.remove(at: $0) }
    }
}
