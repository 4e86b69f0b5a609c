import DevelopmentServer
import Logging
import ServiceLifecycle
import Temporal

/// Makes Temporal ready for this service: the namespace with its retention, the search attributes. Workers wait for it.
struct TemporalPreparation: Service {
    let client: TemporalClient
    let namespace: String
    /// Of closed histories, where the namespace is registered here.
    let retention: Duration
    /// The embedded server, which must be up first; nil for a cluster.
    let server: DevelopmentServer?
    let logger: Logger
    let isReady = Promise<Void>()

    private static let searchAttributes: [String: SearchAttributes.ValueType] = [
        "TenantId": .keyword, "Tier": .keyword, "Template": .keyword, "AIEnhanced": .bool,
    ]

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await server?.waitUntilReady(timeout: .seconds(60))
                while true {
                    do {
                        try await prepare()
                        isReady.fulfil(())
                        break
                    } catch {
                        logger.warning("Temporal is not ready; trying again", metadata: ["error": "\(error)"])
                        try await Task.sleep(for: .seconds(1))
                    }
                }
            }
        } catch is CancellationError {
            // Asked to stop before Temporal was there: that is no failure.
            return
        }
        try await gracefulShutdown()
    }

    private func prepare() async throws {
        do {
            _ = try await client.describeNamespace(namespace)
        } catch {
            guard error.code == .namespaceNotFound || error.code == .notFound else { throw error }
            logger.info("Registering the namespace", metadata: ["namespace": "\(namespace)"])
            do {
                try await client.registerNamespace(namespace, retention: retention)
            } catch {
                // Another process was quicker.
                guard error.code == .alreadyExists else { throw error }
            }
        }
        try await client.waitForNamespace()
        try await client.addSearchAttributes(Self.searchAttributes)
    }
}

/// A service that begins when Temporal is ready.
struct AfterPreparation: Service {
    let preparation: TemporalPreparation
    let service: any Service

    func run() async throws {
        // A shutdown before that ends the wait.
        let begins = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await preparation.isReady.value
                return true
            }
            group.addTask {
                try? await gracefulShutdown()
                return false
            }
            let first = await group.next() ?? false
            if !first { preparation.isReady.fulfil(()) }
            group.cancelAll()
            return first
        }
        if begins { try await service.run() }
    }
}
