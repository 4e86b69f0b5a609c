import AI
import Activities
import Observability
import Storage
import Synchronization
import Temporal
import Worker

/// What `GET /workflows/health` of an API process looks at: also that somebody polls each task queue.
func apiHealthChecks(
    _ stores: Stores, _ temporal: TemporalSide, _ ai: AIService, taskQueue: String
) -> [HealthCheck] {
    let client = temporal.client
    return workerHealthChecks(stores, temporal, ai) + [
        HealthCheck("workers", .component, isRequired: false) {
            var idle: [String] = []
            if try await client.describeTaskQueue(taskQueue, kind: .workflow).pollers.isEmpty {
                idle.append("\(taskQueue) (workflows)")
            }
            for pool in ActivityPool.allCases {
                let queue = pool.taskQueue(of: taskQueue)
                if try await client.describeTaskQueue(queue, kind: .activity).pollers.isEmpty { idle.append(queue) }
            }
            guard idle.isEmpty else { throw StartupError("nobody polls \(idle.joined(separator: ", "))") }
            return "every task queue is polled"
        }
    ]
}

/// What a worker process needs to work: the database and Temporal; and how those whom it asks for AI fare.
func workerHealthChecks(_ stores: Stores, _ temporal: TemporalSide, _ ai: AIService) -> [HealthCheck] {
    let (database, client) = (stores.database, temporal.client)
    let providers = ProviderLook(ai)
    return [
        HealthCheck("database", .datastore) {
            _ = try await database.read { try $0.query("SELECT 1 AS one") }
            return database.dialect.rawValue
        },
        HealthCheck("temporal", .component) {
            let info = try await client.systemInfo()
            return "server \(info.serverVersion)"
        },
        HealthCheck("ai_providers", .component, isRequired: false) { try await providers.report() },
    ]
}

/// What health says of AI providers. The figures behind it are of a quarter of an hour and take the database a while, so
/// that probes do not ask for them each time.
private final class ProviderLook: Sendable {
    private let ai: AIService
    private let latest = Mutex<(at: ContinuousClock.Instant, providers: [AIService.Capabilities.Provider])?>(nil)

    private static let keeps = Duration.seconds(10)

    init(_ ai: AIService) { self.ai = ai }

    /// Throws what is wrong, with the names of providers and of keys that are set aside.
    func report() async throws -> String {
        let providers = try await providers()
        let degraded = providers.filter { $0.status != "available" }.map { provider in
            let keys = provider.keys.filter { $0.reason != nil }.map(\.name)
            return keys.isEmpty ? provider.name : "\(provider.name) (set aside: \(keys.joined(separator: ", ")))"
        }
        guard degraded.isEmpty else { throw StartupError("degraded: \(degraded.joined(separator: ", "))") }
        return providers.map(\.name).joined(separator: ", ")
    }

    private func providers() async throws -> [AIService.Capabilities.Provider] {
        let now = ContinuousClock.now
        if let latest = latest.withLock({ $0 }), now - latest.at < Self.keeps { return latest.providers }
        let providers = try await ai.providerHealth()
        latest.withLock { $0 = (now, providers) }
        return providers
    }
}
