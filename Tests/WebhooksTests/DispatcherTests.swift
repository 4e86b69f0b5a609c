import Activities
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import ServiceLifecycle
import Storage
import StorageSQLite
import TestSupport
import Testing
import Webhooks

/// Real receivers on this machine, a real database; retries in milliseconds.
@Suite(.timeLimit(.minutes(2)))
struct DispatcherTests {
    @Test func messageIsSignedInTheStandardFormat() async throws {
        try await Receiver.with { receiver, port in
            try await Scene.with(port) { scene in
                let id = try await scene.enqueue()
                try await scene.until(.delivered, id)
                let message = try #require(receiver.messages.first)
                #expect(receiver.messages.count == 1 && message.path == "/hook")
                #expect(message.id == id.uuidString.lowercased())
                #expect(message.headers["content-type"] == "application/json")
                #expect(message.headers["user-agent"] == "workflow-service")
                #expect(try JSONValue(parsing: message.body)["type"] == "webhook.test")
                let sent = Double(message.headers["webhook-timestamp"] ?? "") ?? 0
                #expect(abs(sent - message.receivedAt.timeIntervalSince1970) < 30)
                #expect(scene.signatures(message) == [scene.sign(message, scene.secret)])
                let attempts = try await scene.attempts(id)
                #expect(attempts.map(\.responseStatus) == [204] && attempts[0].error == nil)
            }
        }
    }

    @Test func failuresAreTriedAgainWithTheSameIDAndTheSecretInUseThen() async throws {
        try await Receiver.answering { number, _ in
            Response(
                status: number < 3 ? .internalServerError : .ok, body: .init(byteBuffer: .init(string: "n\(number)")))
        }.with { receiver, port in
            try await Scene.with(port, delays: [.milliseconds(50), .milliseconds(400)]) { scene in
                let id = try await scene.enqueue()
                try await eventually { receiver.messages.count == 2 }
                let new = try #require(
                    try await scene.store.rotate(scene.webhook, tenant: scene.tenant, overlap: .seconds(60))
                ).secret
                try await scene.until(.delivered, id)
                #expect(Set(receiver.messages.map(\.id)).count == 1 && receiver.messages.count == 3)
                #expect(Set(receiver.messages.map(\.body)).count == 1)
                let last = receiver.messages[2]
                #expect(scene.signatures(last) == [scene.sign(last, new), scene.sign(last, scene.secret)])
                let attempts = try await scene.attempts(id)
                #expect(attempts.map(\.responseStatus) == [500, 500, 200])
                #expect(attempts.map(\.responseBody) == ["n1", "n2", "n3"])
                #expect(attempts.map(\.error) == ["answered 500", "answered 500", nil])
            }
        }
    }

    @Test func exhaustedDeliveryFailsAndIsSentAgainOnDemand() async throws {
        try await Receiver.answering { number, _ in Response(status: number <= 2 ? .badGateway : .ok) }.with {
            receiver, port in
            try await Scene.with(port, delays: [.milliseconds(20)]) { scene in
                let id = try await scene.enqueue()
                try await scene.until(.failed, id)
                _ = try await scene.store.redeliver(id, of: scene.webhook, tenant: scene.tenant)
                try await scene.until(.delivered, id)
                #expect(receiver.messages.count == 3 && Set(receiver.messages.map(\.id)).count == 1)
            }
        }
    }

    @Test func retryAfterIsHonoured() async throws {
        try await Receiver.answering { number, _ in
            number == 1
                ? Response(status: .serviceUnavailable, headers: [.retryAfter: "1"]) : Response(status: .ok)
        }.with { receiver, port in
            try await Scene.with(port, delays: [.milliseconds(10)]) { scene in
                try await scene.until(.delivered, try await scene.enqueue())
                let times = receiver.messages.map(\.receivedAt)
                #expect(times.count == 2 && times[1].timeIntervalSince(times[0]) > 0.9)
            }
        }
    }

    @Test func goneReceiverIsDisabled() async throws {
        try await Receiver.answering { _, _ in Response(status: .gone) }.with { receiver, port in
            try await Scene.with(port) { scene in
                let id = try await scene.enqueue()
                try await scene.until(.failed, id)
                let webhook = try #require(try await scene.store.get(scene.webhook, tenant: scene.tenant))
                #expect(webhook.disabledAt != nil && webhook.disabledReason?.contains("410") == true)
                #expect(receiver.messages.count == 1)
            }
        }
    }

    @Test func receiverThatFailsTooLongIsDisabled() async throws {
        try await Receiver.answering { _, _ in Response(status: .internalServerError) }.with { receiver, port in
            try await Scene.with(
                port, delays: Array(repeating: .milliseconds(100), count: 100), patience: .milliseconds(250)
            ) { scene in
                _ = try await scene.enqueue()
                try await eventually {
                    try await scene.store.get(scene.webhook, tenant: scene.tenant)?.disabledAt != nil
                }
                let webhook = try await scene.store.get(scene.webhook, tenant: scene.tenant)
                #expect(webhook?.disabledReason?.contains("answered 500") == true)
                let count = receiver.messages.count
                try await Task.sleep(for: .milliseconds(300))
                #expect(receiver.messages.count == count)
            }
        }
    }

    @Test func redirectIsAFailureAndNotFollowed() async throws {
        try await Receiver.with { other, otherPort in
            try await Receiver.answering { _, _ in
                Response(status: .temporaryRedirect, headers: [.location: "http://127.0.0.1:\(otherPort)/stolen"])
            }.with { _, port in
                try await Scene.with(port, delays: [], allowed: [port, otherPort]) { scene in
                    let id = try await scene.enqueue()
                    try await scene.until(.failed, id)
                    #expect(try await scene.attempts(id).first?.error?.contains("redirects are not followed") == true)
                    #expect(other.messages.isEmpty)
                }
            }
        }
    }

    enum Nuisance: CaseIterable { case silence, drip, silentBody }

    @Test(arguments: Nuisance.allCases)
    func receiverThatDoesNotEndItsAnswerTimesOut(nuisance: Nuisance) async throws {
        try await Receiver.answering { _, _ in
            switch nuisance {
            case .silence: try await Task.sleep(for: .seconds(60))
            case .drip, .silentBody: break
            }
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    for _ in 0..<600 {
                        if nuisance == .drip { try await writer.write(ByteBuffer(string: ".")) }
                        try await Task.sleep(for: .milliseconds(100))
                    }
                    try await writer.finish(nil)
                })
        }.with { _, port in
            try await Scene.with(port, delays: [], timeout: .milliseconds(700)) { scene in
                let id = try await scene.enqueue()
                try await scene.until(.failed, id)
                let attempt = try #require(try await scene.attempts(id).first)
                #expect(attempt.error?.contains("no whole answer within") == true && attempt.duration < .seconds(10))
            }
        }
    }

    @Test func hugeAnswerIsCutOff() async throws {
        try await Receiver.answering { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    // Without end.
                    while true { try await writer.write(ByteBuffer(repeating: UInt8(ascii: "x"), count: 32 << 10)) }
                })
        }.with { _, port in
            try await Scene.with(port) { scene in
                let id = try await scene.enqueue()
                try await scene.until(.delivered, id)
                #expect(try await scene.attempts(id).first?.responseBody == String(repeating: "x", count: 1000))
            }
        }
    }

    @Test func receiverThatIsNotThereIsToldOf() async throws {
        try await Scene.with(1, delays: []) { scene in
            let id = try await scene.enqueue()
            try await scene.until(.failed, id)
            #expect(try await scene.attempts(id).first?.error == "the receiver takes no connections")
        }
    }

    /// Twenty deliveries wait for a receiver that says nothing; another's arrive meanwhile.
    @Test func slowReceiverHoldsUpNobodyElse() async throws {
        try await Receiver.answering { _, _ in
            try await Task.sleep(for: .seconds(60))
            return Response(status: .ok)
        }.with { slow, slowPort in
            try await Receiver.with { quick, port in
                try await Scene.with(slowPort, timeout: .seconds(20), allowed: [port, slowPort], waits: false) {
                    scene in
                    for _ in 0..<20 { _ = try await scene.enqueue() }
                    try await eventually { slow.messages.count == 4 }
                    let other = try await scene.store.create(
                        tenant: scene.tenant, url: "http://127.0.0.1:\(port)/quick", description: "", events: [],
                        by: UUID()
                    ).webhook.id
                    for _ in 0..<20 { _ = try await scene.store.enqueueTest(other, tenant: scene.tenant) }
                    try await eventually(timeout: .seconds(10)) { quick.messages.count == 20 }
                    #expect(slow.messages.count == 4)
                }
            }
        }
    }

    @Test(arguments: ["https://localhost/hook", "http://localhost/hook", "http://[::1]:8080/"])
    func privateAddressIsNotReached(url: String) async throws {
        try await Receiver.with { receiver, port in
            try await Scene.with(port, delays: []) { scene in
                // As one that was allowed once, or whose name has moved.
                let id = try await scene.store.create(
                    tenant: scene.tenant, url: url, description: "", events: [], by: UUID()
                ).webhook.id
                let delivery = try #require(try await scene.store.enqueueTest(id, tenant: scene.tenant)).id
                try await eventually {
                    try await scene.store.deliveries(of: id, tenant: scene.tenant).deliveries.first?.status == .failed
                }
                #expect(try await scene.attempts(delivery).first?.error?.contains("--allow-http") == true)
            }
        }
    }

    /// As two processes on one database.
    @Test(arguments: [Backend.file, .postgresql])
    func twoDispatchersShareTheWorkWithoutDoubles(_ backend: Backend) async throws {
        try await Receiver.answering { _, _ in
            try await Task.sleep(for: .milliseconds(5))
            return Response(status: .ok)
        }.with { receiver, port in
            try await backend.withTwo { first, second in
                try await Scene.with(port, on: first) { scene in
                    try await scene.dispatching(on: second) {
                        for _ in 0..<100 { _ = try await scene.enqueue() }
                        try await eventually(timeout: .seconds(60)) { receiver.messages.count >= 100 }
                        try await eventually {
                            try await scene.store.deliveries(
                                of: scene.webhook, tenant: scene.tenant, status: .pending
                            ).deliveries.isEmpty
                        }
                        #expect(Set(receiver.messages.map(\.id)).count == 100 && receiver.messages.count == 100)
                    }
                }
            }
        }
    }

    @Test func deliveryOfADeadProcessIsSentWhenItsClaimIsOver() async throws {
        try await Receiver.with { receiver, port in
            try await Scene.with(port, startsAtOnce: false) { scene in
                let id = try await scene.enqueue()
                let claimed = try await scene.store.claim(of: scene.webhook, limit: 1, visibility: .milliseconds(600))
                #expect(claimed.map(\.id) == [id])
                try await scene.dispatching(on: scene.database) {
                    try await Task.sleep(for: .milliseconds(200))
                    #expect(receiver.messages.isEmpty)
                    try await scene.until(.delivered, id)
                    #expect(receiver.messages.map(\.id) == [id.uuidString.lowercased()])
                }
            }
        }
    }

    @Test func gracefulEndWaitsForAnswersUnderWay() async throws {
        try await Receiver.answering { _, _ in
            try await Task.sleep(for: .milliseconds(500))
            return Response(status: .ok)
        }.with { receiver, port in
            try await Scene.with(port, startsAtOnce: false) { scene in
                let id = try await scene.enqueue()
                try await scene.dispatching(on: scene.database) {
                    try await eventually { receiver.messages.count == 1 }
                }
                #expect(try await scene.delivery(id)?.status == .delivered)
            }
        }
    }
}

@Suite struct WebhookURLTests {
    @Test(arguments: [
        "https://example.com/hook?x=1", "https://EXAMPLE.com:8443", "http://10.1.2.3:9000/x", "https://10.1.2.3:9000/",
        "http://hooks.internal:80/", "https://[2600::1]/a",
    ])
    func goodAddressesAreTaken(text: String) throws {
        #expect(try WebhookURL(text, policy: Self.policy).text == text)
    }

    @Test(arguments: [
        "", "example.com/hook", "/hook", "ftp://example.com/", "http://example.com/", "https:///x", "https://",
        "https://user:pass@example.com/", "https://example.com/#a", "https://127.0.0.1/", "https://10.9.9.9/",
        "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest", "http://hooks.internal:81/",
        "https://example.com:0/", "https://example.com:99999/", "https://exa mple.com/", "javascript:alert(1)",
        "https://" + String(repeating: "a", count: 2000),
    ])
    func othersAreRefusedWithWhatWouldBeRight(text: String) throws {
        let error = #expect(throws: WebhookError.self) { try WebhookURL(text, policy: Self.policy) }
        #expect(error?.code == .invalidURL && error?.message.isEmpty == false)
    }

    private static let policy = AddressPolicy(
        allowed: ["10.1.0.0/16", "hooks.internal:80"].compactMap { AddressPolicy.Rule($0) })
}

@Suite struct RetryPlanTests {
    @Test func delaysFollowThePlanWithJitterAndEnd() {
        let plan = RetryPlan()
        let now = Date(timeIntervalSince1970: 0)
        let hours = 3600.0
        let expected = [5, 300, 1800, 2 * hours, 5 * hours, 10 * hours, 14 * hours, 20 * hours, 24 * hours]
        for (index, seconds) in expected.enumerated() {
            let times = (0..<200).compactMap { _ in
                plan.next(after: index + 1, asked: nil, now: now)?.timeIntervalSince1970
            }
            #expect(times.count == 200 && times.allSatisfy { ($0 - seconds).magnitude <= seconds * 0.2 + 0.001 })
            #expect(Set(times).count > 100)
        }
        #expect(plan.next(after: 10, asked: nil, now: now) == nil)
        #expect(plan.next(after: 1, asked: .seconds(7200), now: now)?.timeIntervalSince1970 == 7200)
        #expect(plan.next(after: 1, asked: .seconds(1 << 40), now: now)?.timeIntervalSince1970 == 24 * hours)
    }
}
