internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import NIOCore
internal import NIOHTTP2
internal import Synchronization

extension TemporalConnection {
    static func transport(_ configuration: Configuration, _ openings: Openings) throws -> HTTP2ClientTransport.Posix {
        let address = configuration.address
        let target: any ResolvableTarget =
            switch address.kind {
            case .ipv4: .ipv4(address: address.host, port: address.port)
            case .ipv6: .ipv6(address: address.host, port: address.port)
            case .name: .dns(host: address.host, port: address.port)
            }
        return try HTTP2ClientTransport.Posix(
            target: target,
            transportSecurity: configuration.tls.map(security) ?? .plaintext,
            config: .defaults {
                $0.http2.authority = configuration.tls?.serverName
                // Quick, because a server that restarts is back within a second; bounded, because calls are waiting.
                $0.backoff = .init(initial: .milliseconds(100), max: .seconds(5), multiplier: 1.6, jitter: 0.2)
                // Finds connections that died without a word. Temporal's servers allow a ping every 10 s.
                $0.connection.keepalive = .init(time: .seconds(30), timeout: .seconds(15), allowWithoutCalls: true)
                $0.channelDebuggingCallbacks.onCreateTCPConnection = {
                    openings.count($0)
                    return answeringPings($0)
                }
            }
        )
    }

    static let clientName = "workflow-service-swift"
    static let clientVersion = "0.1.0"

    static func metadata(_ configuration: Configuration) -> Metadata {
        var metadata: Metadata = [
            "client-name": .string(clientName),
            "client-version": .string(clientVersion),
            "temporal-namespace": .string(configuration.namespace),
        ]
        if let key = configuration.apiKey { metadata.addString("Bearer \(key)", forKey: "authorization") }
        return metadata
    }

    private static func security(_ tls: Configuration.TLS) -> HTTP2ClientTransport.Posix.TransportSecurity {
        .tls {
            if let path = tls.serverCAPath {
                $0.trustRoots = .certificates([.file(path: path, format: .pem)])
            }
            if let client = tls.client {
                $0.certificateChain = [.file(path: client.certificatePath, format: .pem)]
                $0.privateKey = .file(path: client.keyPath, format: .pem)
            }
        }
    }

    /// What the transport opens.
    final class Openings: Sendable {
        private let state = Mutex((number: 0, executor: LoopExecutor?.none))

        var total: Int { state.withLock { $0.number } }
        /// Of the newest connection; nil before the first.
        var executor: LoopExecutor? { state.withLock { $0.executor } }

        func count(_ channel: any Channel) {
            let executor = LoopExecutor(channel.eventLoop)
            state.withLock { $0 = ($0.number + 1, executor) }
        }
    }

    /// The transport offers no setting for its HTTP/2 handler; this callback runs after that handler was added.
    private static func answeringPings(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let http2 = try pipeline.handler(type: NIOHTTP2Handler.self)
            try pipeline.addHandler(PingAnsweringHandler(), position: .before(http2))
        }
    }
}
