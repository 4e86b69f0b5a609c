package import Activities
import Foundation
package import Logging
import Observability
import ServiceLifecycle
package import Storage
import Synchronization

/// Sends what is due, in any number of processes at once: each delivery is claimed by one of them.
///
/// Woken when a delivery is enqueued, and by the clock for the next retry. A slow receiver takes `perWebhook` slots, one
/// that fails takes one; the others go on beside it. A graceful end waits for the answers of what is under way.
package struct WebhookDispatcher: Service {
    package struct Configuration: Sendable {
        /// What receivers may be reached besides the public internet; over plain http these only.
        package var policy: AddressPolicy
        package var retries = RetryPlan()
        package var timeout: Duration = .seconds(15)
        package var perWebhook = 4
        /// In this process.
        package var atOnce = 256
        /// A webhook all of whose attempts have failed for so long is disabled.
        package var patience: Duration = .seconds(5 * 86400)
        /// What a process that died had claimed is sent by another after this; longer than an attempt and its record.
        package var visibility: Duration = .seconds(60)

        package init(policy: AddressPolicy = AddressPolicy()) { self.policy = policy }
    }

    private let store: WebhookStore
    private let database: any Database
    private let configuration: Configuration
    private let sender: WebhookSender
    private let underWay = UnderWay()
    private let logger: Logger

    package init(store: WebhookStore, database: any Database, configuration: Configuration, logger: Logger) {
        self.store = store
        self.database = database
        self.configuration = configuration
        sender = WebhookSender(policy: configuration.policy, timeout: configuration.timeout)
        self.logger = logger
    }

    package func run() async throws {
        let (wakes, waker) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        waker.yield()
        let notifications = database.notifications()
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                let listener = Task {
                    for await notification in notifications where notification.concerns(.webhooks) { waker.yield() }
                }
                for await _ in wakes {
                    // What is enqueued together is claimed together.
                    try? await Task.sleep(for: .milliseconds(20))
                    guard !Task.isCancelled else { break }
                    let next = await round(&group, waker)
                    let alarm = Task {
                        try await Task.sleep(for: next)
                        waker.yield()
                    }
                    underWay.set(alarm: alarm)
                }
                listener.cancel()
                underWay.set(alarm: nil)
            }
        } onGracefulShutdown: {
            waker.finish()
        }
    }

    /// Claims and begins what is due; returns how long nothing more will be, unless somebody wakes us.
    private func round(_ group: inout DiscardingTaskGroup, _ waker: AsyncStream<Void>.Continuation) async -> Duration {
        do {
            var next = Self.longestSleep
            for due in try await store.due() {
                let wait = Duration.seconds(due.at.timeIntervalSinceNow)
                guard wait <= .zero else {
                    next = min(next, wait)
                    continue
                }
                // A full webhook's next delivery is claimed when one of its own ends.
                let free = underWay.free(
                    due.webhook, limit: due.isFailing ? 1 : configuration.perWebhook, all: configuration.atOnce)
                guard free > 0 else { continue }
                let claimed = try await store.claim(
                    of: due.webhook, limit: free, visibility: configuration.visibility)
                for delivery in claimed {
                    underWay.begin(delivery.webhookID)
                    group.addTask {
                        await deliver(delivery)
                        underWay.end(delivery.webhookID)
                        waker.yield()
                    }
                }
            }
            return max(next, .milliseconds(50))
        } catch {
            if !(error is CancellationError) {
                logger.warning("Webhooks wait for the database", metadata: ["error": "\(error)"])
            }
            return .seconds(1)
        }
    }

    private static let longestSleep = Duration.seconds(30)

    private func deliver(_ delivery: ClaimedDelivery) async {
        await Correlation.with {
            $0.tenant = delivery.tenantID
            $0.execution = delivery.executionID
        } _: {
            let result = await sender.send(delivery)
            let now = Date()
            let next = result.attempt.error.flatMap { _ in
                result.isGone
                    ? nil
                    : configuration.retries.next(after: delivery.attempt, asked: result.retryAfter, now: now)
            }
            if let error = result.attempt.error {
                logger.info(
                    "Webhook not delivered",
                    metadata: [
                        "webhook": "\(delivery.webhookID)", "delivery": "\(delivery.id)",
                        "attempt": "\(delivery.attempt)", "error": "\(error)", "again": "\(next != nil)",
                    ])
            }
            await settle(delivery, result, next: next)
        }
    }

    /// Tries for as long as nobody else can claim it: what is not recorded is sent twice.
    private func settle(_ delivery: ClaimedDelivery, _ result: WebhookSender.Result, next: Date?) async {
        let deadline = ContinuousClock.now + (configuration.visibility - configuration.timeout) / 2
        while true {
            do {
                return try await store.settle(
                    delivery, result.attempt, next: next,
                    disabling: result.isGone ? "the receiver answered 410: it is gone" : nil,
                    patience: configuration.patience)
            } catch {
                // Cut off: whoever claims it next sends it again.
                guard !Task.isCancelled else { return }
                guard ContinuousClock.now < deadline else {
                    logger.warning(
                        "A webhook's attempt is not recorded; it will be sent again",
                        metadata: ["delivery": "\(delivery.id)", "error": "\(error)"])
                    return
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}

/// How many deliveries of each webhook this process sends now. A `Mutex`: they end on any thread.
private final class UnderWay: Sendable {
    private struct State {
        var counts: [UUID: Int] = [:]
        var all = 0
        var alarm: Task<Void, any Error>?
    }
    private let state = Mutex(State())

    func free(_ webhook: UUID, limit: Int, all: Int) -> Int {
        state.withLock { min(limit - $0.counts[webhook, default: 0], all - $0.all) }
    }

    func begin(_ webhook: UUID) {
        state.withLock {
            $0.counts[webhook, default: 0] += 1
            $0.all += 1
        }
    }

    func end(_ webhook: UUID) {
        state.withLock {
            let left = $0.counts[webhook, default: 1] - 1
            $0.counts[webhook] = left > 0 ? left : nil
            $0.all -= 1
        }
    }

    /// The clock's next wake; the one before is not needed any more.
    func set(alarm: Task<Void, any Error>?) {
        let before = state.withLock { state in
            defer { state.alarm = alarm }
            return state.alarm
        }
        before?.cancel()
    }
}
