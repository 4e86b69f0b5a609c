import DevelopmentServer
import Logging
import ServiceLifecycle
import Storage
import Temporal
import Worker

/// The way to Temporal, which every role needs: the embedded server or a cluster, the connection, the codec.
struct TemporalSide: Sendable {
    let client: TemporalClient
    let codec: PayloadCodecChain
    let address: String
    /// The embedded server's web interface.
    let uiAddress: String?
    private let server: DevelopmentServer?
    private let connection: TemporalConnection
    private let preparation: TemporalPreparation

    init(_ configuration: ServiceConfiguration, stores: Stores, logger: Logger) async throws {
        server = try await Self.embeddedServer(configuration, folder: stores.folder, logger: logger)
        var settings = TemporalConnection.Configuration()
        if case .cluster(let cluster) = configuration.temporal { settings = cluster }
        settings.namespace = configuration.namespace
        if let server, let address = TemporalConnection.Configuration.Address(server.address) {
            settings.address = address
        }
        connection = try TemporalConnection(settings)
        // Encrypted first, so that what lies in the payload store is encrypted too; a reference tells nothing.
        codec = PayloadCodecChain(
            (configuration.encryptionKeys.map { [EncryptionCodec($0)] } ?? [])
                + [LargePayloadCodec(store: stores.payloads, scope: configuration.namespace)]
        )
        client = TemporalClient(connection, codec: codec)
        address = settings.address.description
        uiAddress = server?.uiAddress
        preparation = TemporalPreparation(
            client: client, namespace: configuration.namespace, retention: configuration.settings.temporalRetention,
            server: server, logger: logger)
    }

    /// In start order.
    var services: [any Service] { (server.map { [$0] } ?? []) + [connection, preparation] }

    /// Returns when the namespace and its search attributes are there.
    func waitUntilReady() async { await preparation.isReady.value }

    /// The services, each begun once Temporal is ready.
    func prepared(_ services: [any Service]) -> [any Service] {
        services.map { AfterPreparation(preparation: preparation, service: $0) }
    }

    private static func embeddedServer(
        _ configuration: ServiceConfiguration, folder: DataFolder, logger: Logger
    ) async throws -> DevelopmentServer? {
        guard case .embedded(let withUI) = configuration.temporal else { return nil }
        var server = DevelopmentServer.Configuration(folder: folder.temporal)
        server.headless = !withUI
        server.executable = try TemporalExecutable.find(environment: configuration.settings.temporalTool)
        return try await DevelopmentServer(server, logger: logger)
    }
}
