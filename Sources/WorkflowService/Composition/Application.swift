import AI
import Activities
import AsyncHTTPClient
import DevelopmentServer
import Executions
import Foundation
import HTTPAPI
import Hummingbird
import Logging
import ServiceLifecycle
import Storage
import StorageSQLite
import Templates
import Temporal
import Worker
import WorkflowDefinition

/// The whole service, put together: what production, the demonstration and the tests all run.
struct ServiceApplication: Sendable {
    /// In start order; a graceful shutdown stops them in reverse.
    let services: [any Service]
    let tenants: TenantStore
    let keys: APIKeyStore
    /// The key of the first tenant, on the first start only.
    let firstKey: String?
    let temporalAddress: String
    let temporalUI: String?
    private let preparation: TemporalPreparation
    private let address: Promise<String>

    /// The API's address, once it listens: `http://127.0.0.1:8080`.
    var url: String { get async { await address.value } }

    /// Returns when the API listens and Temporal is ready for it.
    func waitUntilReady() async {
        _ = await address.value
        await preparation.isReady.value
    }

    /// 1. The data folder and the database, with tenants and templates.
    /// 2. Temporal: the embedded server, or a connection to a cluster.
    /// 3. The AI service and the activities.
    /// 4. Workers, reconciler, API.
    static func build(_ configuration: ServiceConfiguration, logger: Logger) async throws -> ServiceApplication {
        let folder = try DataFolder(configuration.dataFolder)
        let database = try SQLiteDatabase(file: folder.database)
        try await Migrator().migrate(database)
        let tenants = TenantStore(database)
        let keys = APIKeyStore(database)
        let firstKey = try await Self.firstKey(tenants: tenants, keys: keys, folder: folder)
        let documents = try DocumentStore(database, folder: folder.documents)
        let templates = TemplateRegistry(store: DefinitionStore(database), catalog: .standard)
        try await templates.installStandardTemplates()

        let server = try await embeddedServer(configuration, folder: folder, logger: logger)
        var connectionConfiguration = TemporalConnection.Configuration()
        if case .cluster(let cluster) = configuration.temporal { connectionConfiguration = cluster }
        connectionConfiguration.namespace = configuration.namespace
        if let server, let address = TemporalConnection.Configuration.Address(server.address) {
            connectionConfiguration.address = address
        }
        let connection = try TemporalConnection(connectionConfiguration)
        // Encrypted first, so that what lies in the payload store is encrypted too; a reference tells nothing.
        let codec = PayloadCodecChain(
            (configuration.encryptionKeys.map { [EncryptionCodec($0)] } ?? [])
                + [LargePayloadCodec(store: try PayloadStore(folder: folder.payloads), scope: configuration.namespace)]
        )
        let temporal = TemporalClient(connection, codec: codec)

        let executionStore = ExecutionStore(database)
        let executions = ExecutionService(
            store: executionStore, tenants: tenants, templates: templates, temporal: temporal,
            taskQueue: configuration.taskQueue, logger: logger
        )
        let http = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))
        let ai = AIService(configuration: configuration.ai, client: http, usage: AIUsageStore(database), logger: logger)
        let runner = try ActivityRunner(
            [
                ExtractTextActivity(documents: documents), StoreProcessedDocumentActivity(documents: documents),
                HTTPCallActivity(policy: AddressPolicy(allowed: configuration.allowedHTTP)),
                AIActivity.summarize(ai), AIActivity.extractEntities(ai), AIActivity.classifyContent(ai),
            ],
            executions: executionStore, tenants: tenants, logger: logger
        )
        let closer = ExecutionCloser(executions: executionStore, logger: logger)
        let resolver = TemplateResolver(executions: executions)
        let workers = WorkerPools(
            client: temporal, taskQueue: configuration.taskQueue, runner: runner,
            resolve: resolver.resolve, closer: closer, logger: logger
        )
        let reconciler = Reconciler(
            executions: executions, closer: closer, interval: configuration.reconcileInterval, logger: logger
        )

        let temporalUI = server?.uiAddress.map { "\($0)/namespaces/\(configuration.namespace)" }
        let router = makeRouter(
            APIServices(
                keys: keys, templates: templates, executions: executions, documents: documents,
                health: healthChecks(database: database, temporal: temporal, taskQueue: configuration.taskQueue),
                temporalUI: temporalUI, codec: CodecService(codec: codec, namespace: configuration.namespace),
                operatorKey: OperatorKey(try folder.operatorKey()),
                codecOrigins: configuration.codecOrigins.union(server?.uiAddress.map(uiOrigins) ?? [])
            )
        )
        let address = Promise<String>()
        let api = Hummingbird.Application(
            router: router,
            configuration: .init(address: .hostname(configuration.host, port: configuration.port)),
            onServerRunning: { channel in
                address.fulfil("http://\(configuration.host):\(channel.localAddress?.port ?? configuration.port)")
            },
            logger: logger
        )
        let preparation = TemporalPreparation(
            client: temporal, namespace: configuration.namespace, server: server, logger: logger
        )
        let prepared = (workers.services + [reconciler]).map { AfterPreparation(preparation: preparation, service: $0) }
        return ServiceApplication(
            services: [Resources(folder: folder, http: http)] + (server.map { [$0] } ?? []) + [connection, preparation]
                + prepared + [api],
            tenants: tenants, keys: keys, firstKey: firstKey,
            temporalAddress: connectionConfiguration.address.description, temporalUI: temporalUI,
            preparation: preparation, address: address
        )
    }
}

extension ServiceApplication {
    /// The first start makes a tenant, with everything the service offers, and its key.
    private static func firstKey(tenants: TenantStore, keys: APIKeyStore, folder: DataFolder) async throws -> String? {
        guard try await tenants.list().isEmpty else { return nil }
        let tenant = try await tenants.create(name: "default", tier: .enterprise)
        let key = try await keys.create(tenant: tenant.id, name: "first key").key
        try folder.write(apiKey: key)
        return key
    }

    /// People open the UI under either name of this machine.
    private static func uiOrigins(_ address: String) -> Set<String> {
        [address, address.replacing("//127.0.0.1:", with: "//localhost:")]
    }

    private static func embeddedServer(
        _ configuration: ServiceConfiguration, folder: DataFolder, logger: Logger
    ) async throws -> DevelopmentServer? {
        guard case .embedded(let withUI) = configuration.temporal else { return nil }
        var server = DevelopmentServer.Configuration(folder: folder.temporal)
        server.headless = !withUI
        return try await DevelopmentServer(server, logger: logger)
    }
}

/// Holds what must outlive every other service: it is first in the group, so it is released last.
private struct Resources: Service {
    let folder: DataFolder
    let http: HTTPClient

    func run() async throws {
        try? await gracefulShutdown()
        try await http.shutdown()
    }
}
