import Activities
import Crypto
import Foundation
import Logging
import ServiceLifecycle
import Storage
import TestSupport
import Testing
import Webhooks

/// A tenant with one webhook and a dispatcher that runs.
struct Scene: Sendable {
    let database: any Database
    let store: WebhookStore
    let box: SecretBox
    let configuration: WebhookDispatcher.Configuration
    let tenant: UUID
    let webhook: UUID
    let secret: String

    /// - Parameters:
    ///   - port: the receiver's on this machine.
    ///   - allowed: the ports that may be reached; nil: `port`.
    ///   - given: its database; nil: one of its own.
    ///   - waits: for what is under way, at the end.
    static func with(
        _ port: Int, delays: [Duration] = [.milliseconds(50)], timeout: Duration = .seconds(10),
        patience: Duration = .seconds(86400), allowed: [Int]? = nil, on given: (any Database)? = nil,
        startsAtOnce: Bool = true,
        waits: Bool = true, _ body: @escaping @Sendable (Scene) async throws -> Void
    ) async throws {
        let database = if let given { given } else { try await makeTestDatabase() }
        try await Migrator().migrate(database)
        let box = try SecretBox(parsing: SecretBox.makeKeyLine(id: "test"))
        let store = WebhookStore(database, box: box)
        let tenant = try await TenantStore(database).create(name: "tenant", tier: .basic).id
        let made = try await store.create(
            tenant: tenant, url: "http://127.0.0.1:\(port)/hook", description: "", events: [], by: UUID())
        var configuration = WebhookDispatcher.Configuration(
            policy: AddressPolicy(allowed: (allowed ?? [port]).compactMap { AddressPolicy.Rule("127.0.0.1:\($0)") }))
        configuration.retries = RetryPlan(delays: delays)
        configuration.timeout = timeout
        configuration.patience = patience
        let scene = Scene(
            database: database, store: store, box: box, configuration: configuration, tenant: tenant,
            webhook: made.webhook.id,
            secret: made.secret)
        guard startsAtOnce else { return try await body(scene) }
        try await scene.dispatching(on: database, waits: waits) { try await body(scene) }
    }

    /// With a dispatcher beside `body`, ended gracefully, or at once.
    func dispatching(
        on database: any Database, waits: Bool = true, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let quiet = Logger(label: "webhooks") { _ in SwiftLogNoOpLogHandler() }
        let store = WebhookStore(database, box: box)
        let dispatcher = WebhookDispatcher(
            store: store, database: database, configuration: configuration, logger: quiet)
        let group = ServiceGroup(services: [dispatcher], logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                try await body()
            } catch {
                tasks.cancelAll()
                throw error
            }
            if waits { await group.triggerGracefulShutdown() } else { tasks.cancelAll() }
            while let result = await tasks.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
    }

    func enqueue() async throws -> UUID {
        try #require(try await store.enqueueTest(webhook, tenant: tenant)).id
    }

    func delivery(_ id: UUID) async throws -> WebhookDelivery? {
        try await store.deliveries(of: webhook, tenant: tenant, limit: 200).deliveries.first { $0.id == id }
    }

    func until(
        _ status: WebhookDelivery.Status, _ id: UUID, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually(timeout: .seconds(20), "\(status)", sourceLocation: sourceLocation) {
            try await delivery(id)?.status == status
        }
    }

    func attempts(_ id: UUID) async throws -> [WebhookAttempt] { try await store.attempts(of: [id])[id] ?? [] }

    func signatures(_ message: Receiver.Message) -> [String] {
        (message.headers["webhook-signature"] ?? "").split(separator: " ").map(String.init)
    }

    /// As a receiver computes it.
    func sign(_ message: Receiver.Message, _ secret: String) -> String {
        let key = SymmetricKey(data: Data(base64Encoded: String(secret.dropFirst("whsec_".count))) ?? Data())
        let signed = "\(message.id).\(message.headers["webhook-timestamp"] ?? "").\(message.body)"
        return "v1," + Data(HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: key)).base64EncodedString()
    }
}
