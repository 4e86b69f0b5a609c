import AI
import AsyncHTTPClient
import Foundation
import Logging
import ServiceLifecycle
import Storage
import UnixSignals

/// The AI service of a process, which its workers and its API share.
struct AISide: Sendable {
    let service: AIService
    /// In start order: last to stop, when nobody calls any more.
    let services: [any Service]

    init(_ configuration: ServiceConfiguration, stores: Stores, logger: Logger) throws {
        var client = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // How many calls there may be at once is for `ai.limits` to say; the client's own 8 would let the others wait for as
        // long as models think.
        client.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4096
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: client)
        let secrets = SecretStore(stores.database, box: stores.secretBox)
        do {
            service = try AIService(
                configuration: configuration.ai, client: http, database: stores.database,
                secrets: { tenant, name in try await secrets.values(of: [name], tenant: tenant)[name] }, logger: logger)
        } catch {
            // A client that nobody shuts down trips an assertion.
            try? http.syncShutdown()
            throw StartupError("The AI service: \(error)")
        }
        services = [
            SharedClient(http: http),
            AIUpkeep(
                service: service, database: stores.database, tenants: stores.tenants,
                budgets: BudgetStore(stores.database),
                logger: logger),
        ]
    }
}

/// Follows what the AI service must know beside its calls.
private struct AIUpkeep: Service {
    let service: AIService
    let database: any Database
    let tenants: TenantStore
    let budgets: BudgetStore
    let logger: Logger

    func run() async throws {
        if !service.ledger.isOn, try await budgets.hasHard() {
            throw StartupError("ai.ledger is off, but hard AI budgets are set: nothing would hold them.")
        }
        await readPrices()
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await service.run() }
                group.addTask { for await _ in await UnixSignalsSequence(trapping: .sighup) { service.reload() } }
                group.addTask { await follow() }
            }
        }
    }

    /// Other processes' purges, and prices that are agreed with tenants.
    private func follow() async {
        for await notification in database.notifications() {
            if notification.concerns(.answers) {
                if case .changed(_, let text) = notification {
                    service.cache.forget(UUID(uuidString: text))
                } else {
                    service.cache.forget(nil)
                }
            }
            if notification.concerns(.keys) { await readPrices() }
        }
    }

    private func readPrices() async {
        do {
            try service.prices.setTenantPrices(try await tenants.aiPrices())
        } catch {
            logger.warning("Prices of tenants cannot be read", metadata: ["error": "\(error)"])
        }
    }
}

/// Closes the HTTP client when everything that calls with it has ended.
private struct SharedClient: Service {
    let http: HTTPClient

    func run() async throws {
        try? await gracefulShutdown()
        try await http.shutdown()
    }
}
