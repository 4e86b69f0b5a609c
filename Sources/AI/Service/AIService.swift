package import AsyncHTTPClient
package import Logging
package import Storage

/// The one door to AI. An operation goes through these, in this order: entitlement, the answer that an earlier attempt paid
/// for, the choice of models, the cache, the ledger that lets it through, the batch, the provider, the ledger that settles
/// it (`AIService+Perform`, `+Ask`, `+Call`).
package struct AIService: Sendable {
    let configuration: AIConfiguration
    let providers: [String: any AIProvider]
    package let prices: PriceBook
    package let keys: KeyRing
    package let ledger: AILedger
    package let cache: AnswerCache
    let health: ModelHealth
    let batcher: CallBatcher
    let statistics: StatisticsStore?
    let logger: Logger

    /// With the providers that `configuration` names.
    ///
    /// - Parameters:
    ///   - client: must not follow redirects: a key would travel with them.
    ///   - database: of the ledger, the cache and the recent figures.
    ///   - secrets: tenants' own keys; nil: they have none.
    /// - Throws: `ProviderKeyError` and `PriceListError` for files that cannot be used.
    package init(
        configuration: AIConfiguration, client: HTTPClient, database: any Database,
        secrets: KeyRing.TenantSecrets? = nil, logger: Logger
    ) throws {
        let prices =
            if let file = configuration.priceFile {
                try PriceBook(configuration.prices, file: file)
            } else {
                PriceBook(configuration.prices)
            }
        self.init(
            configuration: configuration, providers: configuration.providers(client), prices: prices,
            keys: try KeyRing(sources: configuration.keySources, secrets: secrets), database: database, logger: logger)
    }

    package init(
        configuration: AIConfiguration, providers: [any AIProvider], prices: PriceBook, keys: KeyRing,
        database: any Database, logger: Logger
    ) {
        var configuration = configuration
        configuration.limits = configuration.limits.map { limit in
            guard case .model(let model) = limit.subject else { return limit }
            return CallLimit(subject: .model(prices.resolve(model)), kind: limit.kind, cap: limit.cap)
        }
        self.configuration = configuration
        self.providers = Dictionary(
            ([LocalProvider()] + providers).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.prices = prices
        self.keys = keys
        self.logger = logger
        ledger = AILedger(configuration.usesLedger ? database : nil, logger: logger)
        cache = AnswerCache(
            configuration.cache, database: configuration.usesLedger ? database : nil, logger: logger)
        health = ModelHealth(configuration.circuit)
        batcher = CallBatcher(window: configuration.batchWindow)
        statistics = configuration.usesLedger ? StatisticsStore(database) : nil
    }

    /// Follows what changes beside the calls, and writes what waits to be written, until the task is cancelled.
    package func run() async {
        for warning in prices.warnings(for: configuration.allModels.map { prices.resolve($0) }) {
            logger.warning("AI model prices: \(warning)")
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await ledger.run() }
            group.addTask { await cache.run() }
            group.addTask { await keys.watch(logger: logger) }
            group.addTask { await prices.watch(logger: logger) { health.unblockAll() } }
        }
    }

    /// Reads keys and prices again, as an operator asks for it; what cannot be read stays as it was.
    package func reload() {
        do {
            try keys.reload()
            logger.notice("Read the keys to AI providers again")
        } catch {
            logger.error("The keys to AI providers cannot be used", metadata: ["reason": "\(error)"])
        }
        do {
            try prices.reload()
            health.unblockAll()
            logger.notice("Read the model prices again")
        } catch {
            logger.error("The model prices cannot be used", metadata: ["reason": "\(error)"])
        }
    }
}
