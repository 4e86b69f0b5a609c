import Foundation
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
    /// Requests are looked at together, so that none overtakes one that waits; of each tenant so many, so that those of one
    /// that wait for its own budget do not hide others'.
    private static let looked = 1024
    private static let share = 64
    /// Beyond these the oldest settlements are given up (their reservations expire, at the maximum), and no more
    /// requests are taken.
    static let maximumSettlings = 10_000
    static let maximumRequests = 4096
    /// Of one tenant.
    static let maximumOfTenant = 2048

    var settlings: [Settling] = []
    var recordings: [Recording] = []
    private(set) var requests: [Request] = []
    /// Requests that came, or may be let through by others' settlements, since they were last looked at.
    var isUndecided = false
    /// The database is away: only a request, or time, is a reason to try again.
    var isHeld = false

    func isFull(for tenant: UUID) -> Bool {
        if requests.count >= Self.maximumRequests { return true }
        guard requests.count >= Self.maximumOfTenant else { return false }
        return requests.count { $0.request.reservation.record.tenantID == tenant } >= Self.maximumOfTenant
    }

    var hasWork: Bool { isUndecided || !isHeld && !(settlings.isEmpty && recordings.isEmpty) }

    mutating func add(_ request: Request) {
        requests.append(request)
        isUndecided = true
    }

    mutating func take() -> Batch {
        var batch = Batch(
            settlings: Array(settlings.prefix(Self.batch)), recordings: Array(recordings.prefix(Self.batch)))
        settlings.removeFirst(batch.settlings.count)
        recordings.removeFirst(batch.recordings.count)
        var taken: [UUID: Int] = [:]
        var left: [Request] = []
        for request in requests {
            let tenant = request.request.reservation.record.tenantID
            if batch.requests.count < Self.looked, taken[tenant, default: 0] < Self.share {
                taken[tenant, default: 0] += 1
                batch.requests.append(request)
            } else {
                left.append(request)
            }
        }
        requests = left
        isUndecided = false
        return batch
    }

    /// Requests that are not looked at in time.
    mutating func removeOverdue(at now: ContinuousClock.Instant) -> [Request] {
        guard requests.contains(where: { $0.deadline <= now }) else { return [] }
        let overdue = requests.filter { $0.deadline <= now }
        requests.removeAll { $0.deadline <= now }
        return overdue
    }

    /// Whoever waits for something to be written goes on; it is written later.
    mutating func letGo() {
        for index in settlings.indices {
            settlings[index].continuation?.resume()
            settlings[index].continuation = nil
        }
        for index in recordings.indices {
            recordings[index].continuation?.resume()
            recordings[index].continuation = nil
        }
        if recordings.count > Self.maximumSettlings { recordings.removeFirst(recordings.count - Self.maximumSettlings) }
    }

    /// Before those that came meanwhile.
    mutating func putBack(_ waiting: [Request]) { requests.insert(contentsOf: waiting, at: 0) }

    mutating func remove(_ id: UUID) -> Request? {
        requests.firstIndex { $0.request.reservation.id == id }.map { requests.remove(at: $0) }
    }
}
