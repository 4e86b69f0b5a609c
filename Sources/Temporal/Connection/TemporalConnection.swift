internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import GRPCProtobuf
internal import ServiceLifecycle
internal import TemporalProtocol

/// One connection to a Temporal server, shared by clients and workers.
///
/// It reconnects by itself, so it lives as long as the process. Calls made before `run()` wait for it. In a
/// `ServiceGroup` it stands before the services that use it, so that it stops after them: a graceful shutdown lets the
/// calls under way end, refuses new ones, and leaves it to pollers to cancel their polls.
package struct TemporalConnection: Service {
    package let configuration: Configuration

    let workflows: Temporal_Api_Workflowservice_V1_WorkflowService.Client<HTTP2ClientTransport.Posix>
    let operators: Temporal_Api_Operatorservice_V1_OperatorService.Client<HTTP2ClientTransport.Posix>
    /// Sent with every call.
    let metadata: Metadata
    let requestMetrics: RequestMetrics
    let deadlines = Deadlines()
    let openings = Openings()
    private let client: GRPCClient<HTTP2ClientTransport.Posix>

    /// Opens nothing yet; fails when the address or a TLS file cannot be used.
    package init(_ configuration: Configuration) throws(TemporalError) {
        self.configuration = configuration
        requestMetrics = RequestMetrics(configuration.metrics, namespace: configuration.namespace)
        let transport: HTTP2ClientTransport.Posix
        do {
            transport = try Self.transport(configuration, openings)
        } catch {
            throw TemporalError(
                .invalidConfiguration, "Cannot prepare a connection to \(configuration.address).", cause: error)
        }
        client = GRPCClient(transport: transport)
        workflows = .init(wrapping: client)
        operators = .init(wrapping: client)
        metadata = Self.metadata(configuration)
    }

    /// How often a network connection was opened: each after the first is a reconnection.
    package var connectionsOpened: Int { openings.total }

    /// Keeps the connection until graceful shutdown or cancellation.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await client.runConnections()
        } onGracefulShutdown: {
            client.beginGracefulShutdown()
        }
    }

    /// A connection for the duration of `body`; calls that it left behind are aborted.
    package static func with<Result: Sendable>(
        _ configuration: Configuration, _ body: (TemporalConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try TemporalConnection(configuration)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await connection.run() }
            defer { group.cancelAll() }
            return try await body(connection)
        }
    }
}
