import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct WebhookStoreTests {
    static let box: SecretBox? = try? SecretBox(parsing: SecretBox.makeKeyLine(id: "test"))

    /// A tenant with a webhook for these events.
    struct Scene {
        let database: any Database
        let store: WebhookStore
        let tenant: UUID
        let webhook: Webhook
        let secret: String

        init(_ database: any Database, events: [WebhookEvent] = []) async throws {
            self.database = database
            store = WebhookStore(database, box: try #require(box))
            tenant = try await TenantStore(database).create(name: "t-\(UUID())", tier: .basic).id
            (webhook, secret) = try await store.create(
                tenant: tenant, url: "https://example.com/hook", description: "d", events: events, by: UUID())
        }

        /// An execution that has ended.
        func closed(_ status: ExecutionStatus, of other: UUID? = nil) async throws -> UUID {
            let execution = try await database.accepted(other ?? tenant)
            let outcome = ExecutionOutcome(status: status, errorMessage: status == .failed ? "it broke" : nil)
            #expect(try await ExecutionStore(database).close(execution.id, runID: "run", outcome))
            return execution.id
        }

        func claim(_ limit: Int = 10, at date: Date = Date()) async throws -> [ClaimedDelivery] {
            try await store.claim(of: webhook.id, limit: limit, visibility: .seconds(60), now: date)
        }

        func log() async throws -> [WebhookDelivery] {
            try await store.deliveries(of: webhook.id, tenant: tenant).deliveries
        }

        func fail(_ delivery: ClaimedDelivery, next: Date?, at date: Date = Date(), disabling: String? = nil)
            async throws
        {
            let attempt = WebhookAttempt(
                number: delivery.attempt, attemptedAt: date, duration: .milliseconds(12), responseStatus: 500,
                responseBody: "no\0pe", error: "answered 500")
            try await store.settle(
                delivery, attempt, next: next, disabling: disabling, patience: .seconds(86400), now: date)
        }

        func succeed(_ delivery: ClaimedDelivery) async throws {
            let attempt = WebhookAttempt(
                number: delivery.attempt, attemptedAt: Date(), duration: .milliseconds(5), responseStatus: 204)
            try await store.settle(delivery, attempt, next: nil, patience: .seconds(86400))
        }
    }

    @Test(arguments: Backend.allCases)
    func endOfAnExecutionIsEnqueuedOnceWithItsRow(backend: Backend) async throws {
        try await backend.with { database in
            let scene = try await Scene(database)
            let id = try await scene.closed(.failed)
            #expect(
                try await !ExecutionStore(database).close(id, runID: "run", ExecutionOutcome(status: .completed)))
            _ = try await scene.closed(.completed, of: UUID())
            let deliveries = try await scene.log()
            try #require(deliveries.count == 1)
            #expect(deliveries[0].event == .failed && deliveries[0].executionID == id)
            #expect(deliveries[0].status == .pending && deliveries[0].attempts == 0)
            let payload = try JSONValue(parsing: deliveries[0].payload)
            #expect(payload["type"] == "execution.failed" && payload["timestamp"]?.string?.hasSuffix("Z") == true)
            #expect(payload["data"]?["id"]?.string == id.uuidString.lowercased())
            #expect(payload["data"]?["error_message"] == "it broke")
            #expect(payload["data"]?["template"] == "document-processing" && payload["data"]?["tags"] == [])
            #expect(try await scene.store.due().map(\.webhook) == [scene.webhook.id])
        }
    }

    @Test(arguments: Backend.allCases)
    func webhookIsToldOfWhatItAskedForWhileItIsEnabled(backend: Backend) async throws {
        try await backend.with { database in
            let scene = try await Scene(database, events: [.cancelled, .timedOut])
            _ = try await scene.closed(.completed)
            _ = try await scene.closed(.cancelled)
            #expect(try await scene.log().map(\.event) == [.cancelled])
            let disabled = try await scene.store.update(
                scene.webhook.id, tenant: scene.tenant, WebhookChange(isEnabled: false))
            #expect(disabled?.disabledAt != nil && disabled?.disabledReason == "disabled by its owner")
            _ = try await scene.closed(.timedOut)
            #expect(try await scene.log().count == 1)
            #expect(try await scene.store.due().isEmpty)
            #expect(try await scene.claim().isEmpty)
            #expect(
                await storageError { _ = try await scene.store.enqueueTest(scene.webhook.id, tenant: scene.tenant) }
                    == .constraint)
            _ = try await scene.store.update(
                scene.webhook.id, tenant: scene.tenant, WebhookChange(description: "new", isEnabled: true))
            #expect(try await scene.claim().count == 1)
        }
    }

    @Test(arguments: Backend.allCases)
    func manyDispatchersClaimEachDeliveryOnce(backend: Backend) async throws {
        try await backend.with { database in
            let scene = try await Scene(database)
            for _ in 0..<40 { _ = try await scene.store.enqueueTest(scene.webhook.id, tenant: scene.tenant) }
            let claimed = try await withThrowingTaskGroup(of: [UUID].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var mine: [UUID] = []
                        while true {
                            let more = try await scene.claim(3)
                            if more.isEmpty, try await scene.store.due().allSatisfy({ $0.at > Date() }) { return mine }
                            mine += more.map(\.id)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 40 && Set(claimed).count == 40)
        }
    }

    @Test(arguments: Backend.allCases)
    func whatADeadProcessClaimedIsClaimedAgainWithTheSameID(backend: Backend) async throws {
        try await backend.with { database in
            let scene = try await Scene(database)
            _ = try await scene.closed(.completed)
            let now = Date()
            let first = try #require(try await scene.claim(at: now).first)
            #expect(try await scene.claim(at: now.addingTimeInterval(59)).isEmpty)
            let second = try #require(try await scene.claim(at: now.addingTimeInterval(61)).first)
            #expect(second.id == first.id && (first.attempt, second.attempt) == (1, 2))
            #expect(second.payload == first.payload && second.keys == first.keys)
            // The first was slow, not dead: its failure changes nothing of the second's claim, its success would.
            try await scene.fail(first, next: nil)
            #expect(try await scene.log().map(\.status) == [.pending])
            try await scene.succeed(first)
            #expect(try await scene.log().map(\.status) == [.delivered])
            try await scene.fail(second, next: nil)
            #expect(try await scene.log().map(\.status) == [.delivered])
        }
    }

    @Test(arguments: Backend.allCases)
    func attemptsAreLoggedAndFailuresRetriedThenGivenUpThenSentAgain(backend: Backend) async throws {
        try await backend.with { database in
            let scene = try await Scene(database)
            _ = try await scene.closed(.completed)
            let again = Date().addingTimeInterval(5)
            try await scene.fail(try #require(try await scene.claim().first), next: again)
            var delivery = try #require(try await scene.log().first)
            #expect(delivery.status == .pending && delivery.attempts == 1)
            #expect(try await scene.store.get(scene.webhook.id, tenant: scene.tenant)?.failingSince != nil)
            #expect(try await scene.claim().isEmpty)
            try await scene.fail(try #require(try await scene.claim(at: again).first), next: nil)
            delivery = try #require(try await scene.log().first)
            #expect(delivery.status == .failed && delivery.completedAt != nil && delivery.nextAttemptAt == nil)
            let attempts = try await scene.store.attempts(of: [delivery.id])[delivery.id] ?? []
            #expect(attempts.map(\.number) == [1, 2] && attempts.map(\.responseStatus) == [500, 500])
            #expect(attempts[0].duration == .milliseconds(12) && attempts[0].responseBody == "no\u{FFFD}pe")

            let sent = try await scene.store.redeliver(delivery.id, of: scene.webhook.id, tenant: scene.tenant)
            #expect(sent?.status == .pending && sent?.completedAt == nil)
            #expect(
                try await scene.store.redeliver(delivery.id, of: scene.webhook.id, tenant: UUID()) == nil)
            try await scene.succeed(try #require(try await scene.claim().first))
            #expect(try await scene.log().map(\.status) == [.delivered])
            #expect(try await scene.store.get(scene.webhook.id, tenant: scene.tenant)?.failingSince == nil)
            #expect(try await scene.store.attempts(of: [delivery.id])[delivery.id]?.last?.error == nil)
        }
    }

    @Test(arguments: Backend.allCases)
    func receiverThatFailsForDaysOrIsGoneIsDisabled(backend: Backend) async throws {
        try await backend.with { database in
            for isGone in [false, true] {
                let scene = try await Scene(database)
                _ = try await scene.closed(.completed)
                let now = Date()
                if !isGone {
                    try await scene.fail(try #require(try await scene.claim(at: now).first), next: now, at: now)
                    #expect(try await scene.store.get(scene.webhook.id, tenant: scene.tenant)?.disabledAt == nil)
                }
                let later = now.addingTimeInterval(isGone ? 0 : 86401)
                try await scene.fail(
                    try #require(try await scene.claim(at: later).first), next: later, at: later,
                    disabling: isGone ? "it is gone" : nil)
                let webhook = try #require(try await scene.store.get(scene.webhook.id, tenant: scene.tenant))
                #expect(webhook.disabledAt != nil)
                #expect(
                    webhook.disabledReason
                        == (isGone ? "it is gone" : "every attempt failed for 1 days, the last because answered 500"))
                let enabled = try await scene.store.update(
                    scene.webhook.id, tenant: scene.tenant, WebhookChange(isEnabled: true))
                #expect(enabled?.failingSince == nil && enabled?.disabledReason == nil)
            }
        }
    }

    @Test(arguments: Backend.allCases)
    func rotatedSecretSignsBesideTheOldOneForAWhile(backend: Backend) async throws {
        try await backend.with { database in
            let scene = try await Scene(database)
            func key(_ secret: String) -> [UInt8] {
                [UInt8](Data(base64Encoded: String(secret.dropFirst(6))) ?? Data())
            }
            let rotated = try #require(
                try await scene.store.rotate(scene.webhook.id, tenant: scene.tenant, overlap: .seconds(100)))
            #expect(
                rotated.secret.hasPrefix("whsec_") && rotated.secret != scene.secret && key(scene.secret).count == 32)
            #expect(rotated.webhook.previousSecretExpiresAt != nil)
            #expect(try await scene.store.rotate(scene.webhook.id, tenant: UUID(), overlap: .zero) == nil)
            _ = try await scene.closed(.completed)
            _ = try await scene.closed(.completed)
            #expect(try await scene.claim(1).first?.keys == [key(rotated.secret), key(scene.secret)])
            let later = Date().addingTimeInterval(101)
            #expect(try await scene.claim(1, at: later).first?.keys == [key(rotated.secret)])
            // Neither secret stands in the file.
            let row = try await database.read { try $0.query("SELECT secret, previous_secret FROM webhooks") }[0]
            #expect(try row.get("secret", as: [UInt8].self) != key(rotated.secret))

            // Another process without the key signs with nothing; it does not fail the others.
            let other = WebhookStore(database, box: try SecretBox(parsing: SecretBox.makeKeyLine(id: "other")))
            let claimed = try await other.claim(
                of: scene.webhook.id, limit: 1, visibility: .seconds(60), now: later.addingTimeInterval(61))
            #expect(claimed.first?.keys == [])
        }
    }

    @Test(arguments: Backend.allCases)
    func nothingIsSeenOrChangedByAnotherTenant(backend: Backend) async throws {
        try await backend.with { database in
            let scene = try await Scene(database)
            let id = try await scene.closed(.completed)
            let other = UUID()
            #expect(try await scene.store.get(scene.webhook.id, tenant: other) == nil)
            #expect(try await scene.store.list(tenant: other).isEmpty)
            #expect(try await scene.store.update(scene.webhook.id, tenant: other, WebhookChange(url: "x")) == nil)
            #expect(try await !scene.store.delete(scene.webhook.id, tenant: other))
            #expect(try await scene.store.enqueueTest(scene.webhook.id, tenant: other) == nil)
            #expect(try await scene.store.deliveries(of: scene.webhook.id, tenant: other).deliveries.isEmpty)
            #expect(try await scene.log().first?.executionID == id)
            #expect(try await scene.store.delete(scene.webhook.id, tenant: scene.tenant))
            #expect(try await scene.log().isEmpty)
        }
    }

    @Test(arguments: Backend.allCases)
    func deliveriesAreListedByPagesAndStatus(backend: Backend) async throws {
        try await backend.with { database in
            let scene = try await Scene(database)
            for second in 0..<7 {
                _ = try await scene.store.enqueueTest(
                    scene.webhook.id, tenant: scene.tenant, now: .at(Double(second / 2)))
            }
            var ids: [UUID] = []
            var cursor: String?
            repeat {
                let page = try await scene.store.deliveries(
                    of: scene.webhook.id, tenant: scene.tenant, limit: 3, cursor: cursor)
                ids += page.deliveries.map(\.id)
                cursor = page.next
            } while cursor != nil
            #expect(ids.count == 7 && Set(ids).count == 7)
            try await scene.succeed(try #require(try await scene.claim(1).first))
            #expect(
                try await scene.store.deliveries(of: scene.webhook.id, tenant: scene.tenant, status: .delivered)
                    .deliveries.count == 1)
            #expect(
                await storageError {
                    _ = try await scene.store.deliveries(of: scene.webhook.id, tenant: scene.tenant, cursor: "~")
                } == .invalidCursor)
        }
    }

    @Test(arguments: Backend.allCases)
    func webhooksOfATenantAreLimitedAlsoWhenManyAreMadeAtOnce(backend: Backend) async throws {
        try await backend.with { database in
            let scene = try await Scene(database)
            let made = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<WebhookStore.webhooksPerTenant + 3 {
                    group.addTask {
                        (try? await scene.store.create(
                            tenant: scene.tenant, url: "https://example.com/\(number)", description: "", events: [],
                            by: UUID())) != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(made == WebhookStore.webhooksPerTenant - 1)
            #expect(try await scene.store.list(tenant: scene.tenant).count == WebhookStore.webhooksPerTenant)
        }
    }
}
